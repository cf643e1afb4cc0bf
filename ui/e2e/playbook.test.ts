import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser, accessibility } from './browser';
import { World } from './world';

/** Two admins and a responder at one playbook, on the real server. Told in order. */
let world: World;
let browser: Browser;
let ana: Page;
let ben: Page;
let dana: Page;
const errors: string[] = [];
const PICTURES = fileURLToPath(new URL('../../target/screens/', import.meta.url));
const SOON = { timeout: 30_000 };
const LATER = { timeout: 60_000 };
const SIZES = [
  { width: 1000, height: 700 },
  { width: 1440, height: 900 },
];

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  world = await World.server();
  world.cli('invite', 'dana@example.com', '--role', 'admin');
  browser = await Browser.start();
  const window = async (name: string): Promise<Page> => {
    const desktop = await world.desktop(name, `${name}@example.com`);
    const page = await browser.window(errors);
    await page.setViewportSize({ width: 1000, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.goto(desktop.window);
    return page;
  };
  ana = await window('ana');
  ben = await window('ben');
  dana = await window('dana');
  for (const page of [ana, ben, dana]) await page.getByText(/^Connected to/).waitFor(SOON);
});
afterAll(async () => {
  await browser?.stop();
  await world?.stop();
});

/** Both themes, both sizes: clean for axe, nothing sticks out, on a picture. */
async function drawn(page: Page, name: string): Promise<void> {
  await page.bringToFront();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, 'nothing sticks out sideways').toBeLessThanOrEqual(0);
      await page.screenshot({ path: `${PICTURES}playbook-${name}-${size.width}-${colorScheme}.png` });
    }
    expect(await accessibility(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 1000, height: 700 });
}
/** The field itself, not the button that resets it. */
const box = (page: Page, name: string): Locator => page.getByRole('textbox', { name });
const keys = async (page: Page, ...all: string[]): Promise<void> => {
  await page.bringToFront();
  for (const key of all) await page.keyboard.press(key);
};
/** From wherever it is to a section that is being edited. */
async function edits(page: Page, name: string): Promise<void> {
  await keys(page, 'g', 'b');
  await page.getByRole('heading', { level: 1, name: 'Playbook' }).waitFor();
  await section(page, name);
  await page.getByRole('button', { name: 'Edit the playbook' }).waitFor();
  await page.keyboard.press('e');
  await bar(page).getByText('Nothing is changed yet.').waitFor();
}
const pane = (page: Page): Locator => page.locator('.pane');
const bar = (page: Page): Locator => page.getByRole('region', { name: 'Changes that are not saved' });
async function section(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Playbook' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 2, name }).waitFor();
}

it('a responder finds what is to be done, and nothing to type into', async () => {
  await keys(ben, 'g', 'b');
  await ben.getByRole('table', { name: 'The four severities' }).waitFor();
  await pane(ben).getByText('15m (15m to 30m)').waitFor();
  await pane(ben).getByText('To change something, ask Ana Ruiz or').waitFor();
  const tree = await ben.locator('#main').ariaSnapshot();
  await expect(`${tree}\n`).toMatchFileSnapshot('told/playbook.yml');
  await drawn(ben, 'severities-read');
  for (const [name, seen, picture] of [
    ['Triage', 'What do users experience?', 'triage-read'],
    ['Roles', 'Decides when it is over', 'roles-read'],
    ['Checklists', 'Health of the infrastructure', 'checklists-read'],
    ['Strategies', 'A recent deployment is the cause', 'strategies-read'],
    ['Updates', 'Support and sales', 'updates-read'],
    ['Templates', 'We are looking into this', 'templates-read'],
    ['Public text', 'our message queue', null],
    ['Channel', 'Link to the timeline', null],
    ['Closing and runbooks', 'Escalation criteria and contacts', null],
    ['Postmortems', 'Where we got lucky', 'postmortem-read'],
    ['History', 'The field’s defaults.', null],
  ] as const) {
    await keys(ben, 'j');
    await ben.getByRole('heading', { level: 2, name }).waitFor();
    await pane(ben).getByText(seen).first().waitFor(SOON);
    expect(await pane(ben).locator('input:not([type=search]), textarea').count(), name).toBe(0);
    if (picture) await drawn(ben, picture);
  }
  expect(await ben.getByRole('button', { name: 'Edit the playbook' }).count()).toBe(0);
});

it('an admin edits with the keyboard alone; one save says what it changes', async () => {
  await edits(ana, 'Severities');
  const every = box(ana, 'Update every');
  await every.fill('20 minutes');
  await bar(ana).getByText('One value cannot be saved:').waitFor();
  await bar(ana).getByRole('link', { name: 'SEV1: updates, every', exact: true }).waitFor();
  expect(await ana.getByRole('button', { name: /^Save/ }).getAttribute('aria-disabled')).toBe('true');
  await drawn(ana, 'severities-wrong');
  await every.fill('20m');
  await bar(ana).getByText('SEV1: updates, every: 15m → 20m').waitFor();
  await pane(ana).getByText('Changed from the field’s default: 15m').waitFor();
  await drawn(ana, 'severities-edit');

  // A checklist: a line added, moved up and given to somebody, without the mouse.
  await section(ana, 'Checklists');
  const mobilise = ana.getByRole('list', { name: 'Mobilise' });
  await ana.getByLabel('Add to: Mobilise').fill('Say who is not needed');
  await ana.keyboard.press('Enter');
  await mobilise.getByLabel('Mobilise, line 5').focus();
  await ana.keyboard.press('Alt+ArrowUp');
  await ana.keyboard.press('Alt+ArrowUp');
  expect(await mobilise.getByLabel('Mobilise, line 3').inputValue()).toBe('Say who is not needed');
  expect(await mobilise.getByLabel('Mobilise, line 3').evaluate((e) => e === document.activeElement)).toBe(
    true,
  );
  await mobilise.getByLabel('Whose: Say who is not needed').selectOption('Incident commander');
  await mobilise.getByRole('button', { name: 'Remove: The timeline is started' }).press('Enter');
  await bar(ana).getByText('added “Say who is not needed”, removed “The timeline is started”').waitFor();
  await bar(ana).getByRole('button', { name: 'Undo' }).press('Enter');
  await bar(ana).getByText('Checklist mobilise: added “Say who is not needed”', { exact: true }).waitFor();
  await drawn(ana, 'checklists-edit');

  await keys(ana, 'Control+s');
  await bar(ana)
    .getByText(/^Saved as version \d+/)
    .waitFor(SOON);
  await pane(ana).getByText('Say who is not needed').waitFor();
  await ben.bringToFront();
  await section(ben, 'Checklists');
  await pane(ben).getByText('Say who is not needed').waitFor(SOON);
  await section(ben, 'Severities');
  await pane(ben).getByText('20m (15m to 30m)').waitFor();
  await pane(ben).getByText('Changed from the field’s default: 15m').waitFor();
});

it('a template shows its mistake at its line, what it makes, and what it can say', async () => {
  await edits(ana, 'Templates');
  await ana.getByLabel('Audience').selectOption('Customers');
  await ana.getByRole('button', { name: 'Identified', exact: true }).click();
  await pane(ana).getByText('We have found the cause').first().waitFor();
  const text = ana.locator('.cm-content');
  await text.press('Control+Home');
  await ana.keyboard.type('Kafka: {{ titel }}');
  await ana.keyboard.press('Enter');
  await ana.getByText('One mistake').waitFor();
  await ana
    .getByText(/there is no variable `titel`/)
    .first()
    .waitFor();
  expect(await ana.locator('.cm-line.wrong').allTextContents()).toEqual(['Kafka: {{ titel }}']);
  await drawn(ana, 'template-wrong');
  await ana.getByRole('button', { name: 'Go to line 1' }).press('Enter');
  await ana.keyboard.press('Shift+End');
  await ana.keyboard.type('Kafka, number ');
  await ana.getByRole('button', { name: /^Insert number/ }).press('Enter');
  await ana.getByLabel('As it would be sent: Customers, Identified').getByText('Kafka, number 42').waitFor();
  // Words that nobody outside understands are pointed at.
  await ana.getByText('Look again, people outside read this').waitFor();
  await drawn(ana, 'template-edit');
  await ana.getByRole('button', { name: 'Use the default: Customers, Identified' }).press('Enter');
  await bar(ana).getByText('Nothing is changed yet.').waitFor();
  expect(await text.textContent()).not.toContain('Kafka');
  await keys(ana, 'Escape', 'Escape');
  await ana.getByRole('button', { name: 'Edit the playbook' }).waitFor();
});

it('what a postmortem is made of, and which words are pointed at, is the team’s to say', async () => {
  await edits(ana, 'Postmortems');
  const list = ana.getByRole('list', { name: 'Sections' });
  await ana.getByLabel('Add to: Sections').fill('What it cost in 2026');
  await ana.keyboard.press('Enter');
  const added = list.getByRole('listitem').last();
  await added.getByLabel('Sections, line 11: Prompts').fill('In money?\n\nIn trust?');
  await added.getByLabel('Sections, line 11: needed for a review').check();
  await ana.getByRole('checkbox', { name: /“Should have” judges/ }).uncheck();
  await ana.getByLabel('Add to: Rules of the team').fill('(?:asleep at the');
  await ana.keyboard.press('Enter');
  const rule = (what: string) => ana.getByLabel(`Rules of the team, line 1: ${what}`);
  await rule('Why it points at this, in one line').fill('It makes fun of somebody.');
  await rule('What to write instead').fill('Say what the alarm did.');
  await bar(ana).getByText('One value cannot be saved:').waitFor(SOON);
  await drawn(ana, 'postmortem-wrong');
  await rule('Expressions').fill('asleep at the (?:wheel|switch)');
  await rule('Expressions').press('Tab');
  await bar(ana)
    .getByText(/changes, not saved/)
    .waitFor(SOON);
  await drawn(ana, 'postmortem-edit');
  await keys(ana, 'Control+s');
  await bar(ana)
    .getByText(/^Saved as version/)
    .waitFor(SOON);
  await ben.bringToFront();
  await section(ben, 'Postmortems');
  await pane(ben).getByText('What it cost in 2026').waitFor(SOON);
  await pane(ben).getByText('In trust?').waitFor();
  await pane(ben).getByText('asleep at the (?:wheel|switch)').waitFor();
  await pane(ben).getByText('not asked').waitFor();
});

it('two admins at once: nothing of either is lost, and what differs is asked', async () => {
  await edits(ana, 'Closing and runbooks');
  await edits(dana, 'Closing and runbooks');
  await ana.bringToFront();
  await box(ana, 'Review meeting within').fill('3');
  await box(ana, 'Reminder after').fill('12h');
  await bar(ana).getByText('2 changes, not saved').waitFor();
  await dana.bringToFront();
  await box(dana, 'Review meeting within').fill('7');
  await bar(dana).getByText('Closing: review within days: 5 → 7').waitFor();
  await keys(dana, 'Control+s');
  await bar(dana)
    .getByText(/^Saved as version/)
    .waitFor(SOON);

  await ana.bringToFront();
  const alert = ana.getByRole('alert', { name: 'Somebody else saved the playbook' });
  await alert.getByText('Closing: review within days: 5 → 7').waitFor(SOON);
  await alert.getByText('Closing: review within days: 7 → 3').waitFor();
  expect(await ana.getByRole('button', { name: /^Save/ }).getAttribute('aria-disabled')).toBe('true');
  await drawn(ana, 'two-at-once');
  await alert.getByRole('button', { name: 'theirs where we differ' }).click();
  expect(await box(ana, 'Review meeting within').inputValue()).toBe('7');
  await bar(ana).getByText('1 change, not saved').waitFor();
  await bar(ana).getByText('Closing: postmortem reminder: 1d → 12h').waitFor();
  await keys(ana, 'Control+s');
  await bar(ana)
    .getByText(/^Saved as version/)
    .waitFor(SOON);
  await pane(dana).getByText('12h').first().waitFor(SOON);
  await pane(dana).getByText('7', { exact: true }).waitFor();
});

it('without the server it is read and edited; the draft waits, also for a new window', async () => {
  const restart = await world.stopServer();
  await ana.bringToFront();
  await ana.getByText(/^Working offline since/).waitFor(SOON);
  await edits(ana, 'Roles');
  await box(ana, 'Suggested after, in one role').fill('3h');
  await bar(ana).getByText('Hand-over: suggest after').waitFor();
  await bar(ana).getByText('Not connected: your changes are kept on this computer.').waitFor();
  await drawn(ana, 'offline-draft');
  // Written down after a pause in typing; a reload sends the rest.
  await ana.reload();
  await bar(ana).getByText('Your changes from before are here, not saved yet.').waitFor(SOON);
  expect(await box(ana, 'Suggested after, in one role').inputValue()).toBe('3h');
  await section(ana, 'History');
  await pane(ana).getByText('cannot be asked for while offline').waitFor();

  await restart();
  await ana.getByText(/^Connected to/).waitFor(LATER);
  await keys(ana, 'Control+s');
  await bar(ana)
    .getByText(/^Saved as version/)
    .waitFor(SOON);
});

it('the history tells who changed what, and brings an older version back; that is undone at once', async () => {
  await section(ana, 'History');
  const rows = pane(ana).getByRole('list', { name: 'The history of the playbook' }).locator('> li');
  await rows.nth(5).waitFor(SOON);
  expect(await rows.nth(0).textContent()).toMatch(/by you.*holds now.*Hand-over: suggest after: 4h → 3h/s);
  expect(await rows.nth(2).textContent()).toMatch(/by [^.]*Closing: review within days: 5 → 7/s);
  await drawn(ana, 'history');
  await rows
    .nth(1)
    .getByRole('button', { name: /^Restore version/ })
    .click();
  await bar(ana)
    .getByText(/holds again, as version/)
    .waitFor(SOON);
  await rows.nth(0).getByText('Hand-over: suggest after: 3h → 4h').waitFor(SOON);
  await bar(ana).getByRole('button', { name: 'Undo' }).click();
  await bar(ana)
    .getByText(/^Undone: version/)
    .waitFor(SOON);
  await rows.nth(0).getByText('Hand-over: suggest after: 4h → 3h').waitFor(SOON);
});

it.each([
  ['Triage', 'triage-edit', 'Wide from, percent of users', '60', '50'],
  ['Roles', 'roles-edit', 'Suggested after, in one role', '2h', '4h'],
  ['Strategies', 'strategies-edit', 'Add a strategy', 'Purge the cache', 'say when to use it'],
  ['Updates', 'updates-edit', 'Remind the communications lead', '3m', '5m'],
  ['Public text', 'public-edit', 'Instead of api', 'our interface', 'the interface for developers'],
  ['Channel', 'channel-edit', 'Name begins with', 'incident', 'inc'],
] as const)('%s is edited, too', async (name, picture, field, value, usual) => {
  if (name === 'Triage') await edits(ana, name);
  else await section(ana, name);
  await box(ana, field).first().fill(value);
  if (name === 'Strategies') {
    await ana.keyboard.press('Enter');
    await expect
      .poll(() =>
        ana.evaluate(() => document.activeElement?.closest('[data-path]')?.getAttribute('data-path')),
      )
      .toBe('strategies.purge_the_cache.when');
  }
  const said = name === 'Strategies' ? usual : `Changed from the field’s default: ${usual}`;
  await pane(ana).getByText(said).first().waitFor();
  await drawn(ana, picture);
});

it('discarding can be undone', async () => {
  await bar(ana).getByRole('button', { name: 'Discard' }).click();
  await bar(ana).getByText('Discarded.').waitFor();
  await pane(ana).getByText('inc', { exact: true }).first().waitFor();
  await bar(ana).getByRole('button', { name: 'Undo' }).click();
  expect(await box(ana, 'Name begins with').inputValue()).toBe('incident');
  await bar(ana).getByRole('button', { name: 'Discard' }).click();
});

it('nothing of all this was an error of the window', () => {
  expect(errors).toEqual([]);
});
