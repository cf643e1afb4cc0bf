import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser, accessibility } from './browser';
import { World } from './world';

/** A team at work on the real server: what one writes the others see, connected or not. Told in order. */
let world: World;
let browser: Browser;
let ana: Page;
let ben: Page;
let eve: Page;
let chi: Page;
const errors: string[] = [];
const PICTURES = fileURLToPath(new URL('../../target/screens/', import.meta.url));
/** Until the others know: a round over the server, or a new connection. */
const SOON = { timeout: 30_000 };
const LATER = { timeout: 60_000 };

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  world = await World.server();
  browser = await Browser.start();
  const window = async (name: string, email?: string): Promise<Page> => {
    const desktop = await world.desktop(name, email);
    const page = await browser.window(errors);
    await page.setViewportSize({ width: 1000, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.goto(desktop.window);
    return page;
  };
  ana = await window('ana', 'ana@example.com');
  ben = await window('ben', 'ben@example.com');
  eve = await window('eve', 'eve@example.com');
  chi = await window('chi');
  for (const page of [ana, ben, eve]) await page.getByText(/^Connected to/).waitFor(SOON);
});
afterAll(async () => {
  await browser?.stop();
  await world?.stop();
});

const picture = (page: Page, name: string) => page.screenshot({ path: `${PICTURES}real-${name}.png` });
const input = (page: Page) => page.getByLabel(/^New entry/);
const line = (page: Page, text: string): Locator => page.locator('.entry').filter({ hasText: text });
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });
const known = (page: Page) => page.getByText('All known to the team').waitFor(LATER);
const body = (page: Page) => page.locator('.cm-content');
/** What is written, without the names of those who write. */
const text = (page: Page): Promise<string> =>
  page.locator('.cm-content').evaluate((content) => {
    const copy = content.cloneNode(true) as HTMLElement;
    copy.querySelectorAll('.peer-caret').forEach((caret) => caret.remove());
    return [...copy.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n');
  });

async function go(page: Page, ...keys: string[]): Promise<void> {
  await page.bringToFront();
  for (const key of keys) await page.keyboard.press(key);
}
async function write(page: Page, said: string): Promise<void> {
  await input(page).fill(said);
  await input(page).press('Enter');
  await line(page, said.replace(/^\w+: | because .*/g, '')).waitFor();
}
async function rename(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Edit: Title' }).click();
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.keyboard.press('Enter');
  await heading(page, title).waitFor();
}
async function clean(...pages: Page[]): Promise<void> {
  for (const page of pages)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await accessibility(page)).toEqual([]);
    }
}

it('Ana declares and writes; Ben’s window shows it without being touched', async () => {
  await go(ben, 'g', 'i');
  await ben.getByText('No incident yet.').waitFor();
  await go(ana, 'c');
  await ana.getByText('The team sees it at once.').waitFor();
  await ana.keyboard.type('Checkout is down');
  await ana.keyboard.press('Alt+1');
  await ana.getByLabel('Payments API').check();
  await ana.getByLabel('What is wrong?').press('Enter');
  await heading(ana, 'Checkout is down').waitFor();
  await ben.getByRole('option', { name: /Checkout is down/ }).waitFor(SOON);
  await ben.getByText('#1', { exact: true }).waitFor(SOON);
  await ana.getByText('#1', { exact: true }).waitFor(SOON);
  await ben.getByRole('option', { name: /Checkout is down/ }).click();
  await input(ben).waitFor();

  await write(ana, 'found: payments-api answers 503 since the deploy of v3.4.2');
  await write(ana, 'decision: roll back because it is the fastest');
  await line(ben, 'payments-api answers 503').getByText('Ana Ruiz').waitFor(SOON);
  await line(ben, 'because it is the fastest').waitFor(SOON);
  await write(ben, 'action: kubectl rollout undo deployment/payments-api');
  await line(ana, 'kubectl rollout undo').getByText('Ben Okafor').waitFor(SOON);
  await known(ana);
  expect(await ana.locator('.entry.pending').count()).toBe(0);
  await go(ana, 'Escape', 't');
  await ana.getByRole('option', { name: 'identified' }).click();
  await ben.getByText('Ana Ruiz changed the status: investigating → identified').waitFor(SOON);
  await ben.getByRole('button', { name: /^Status identified/ }).waitFor();
  await clean(ana, ben);
  await picture(ana, 'incident');
});

it('without the server both rename it and write; each sees that the team does not know it yet', async () => {
  const restart = await world.stopServer();
  for (const page of [ana, ben]) await page.getByText(/^Working offline since/).waitFor(SOON);
  await rename(ana, 'Checkout is down in Germany');
  await rename(ben, 'Payments API answers 503');
  await write(ana, 'note: support has 40 tickets');
  await write(ben, 'theory: the connection pool is too small');
  for (const [page, said] of [
    [ana, 'support has 40 tickets'],
    [ben, 'the connection pool'],
  ] as const) {
    await line(page, said).getByText('waiting').waitFor();
    await page.locator('.field.pending').getByText('not yet known to the team').waitFor();
    await page.getByText('2 changes waiting').waitFor();
  }
  await clean(ana);
  await ana.getByText('2 changes waiting').click();
  await ana.getByText('They are sent as soon as there is a connection.', { exact: false }).waitFor();
  await picture(ana, 'waiting');
  await ana.keyboard.press('Escape');
  await picture(ana, 'offline');

  await restart();
  for (const page of [ana, ben]) await page.getByText(/^Connected to/).waitFor(LATER);
  for (const page of [ana, ben]) await known(page);
  for (const page of [ana, ben]) {
    await line(page, 'support has 40 tickets').waitFor(LATER);
    await line(page, 'the connection pool').waitFor(LATER);
    expect(await page.locator('.pending').count()).toBe(0);
  }
  const title = () => Promise.all([ana, ben].map((p) => p.locator('h1').innerText()));
  await expect.poll(async () => new Set(await title()).size, LATER).toBe(1);
});

it('what lost at the same time is pointed at, and stands again for both when it is restored', async () => {
  const [stands] = await ana.locator('h1').allInnerTexts();
  const [lost, who] =
    stands === 'Payments API answers 503'
      ? ['Checkout is down in Germany', 'You']
      : ['Payments API answers 503', 'Ben Okafor'];
  const mark = (name: string) => ({ name: `${name} wrote something else at the same time: look` });
  await ben.getByRole('button', mark(who === 'You' ? 'Ana Ruiz' : 'You')).waitFor(SOON);
  await ana.getByRole('button', mark(who)).click();
  const version = ana.getByRole('listitem').filter({ hasText: lost });
  await version.getByText('written at the same time, lost').waitFor();
  await ana.getByRole('listitem').filter({ hasText: 'as declared' }).getByText('Checkout is down').waitFor();
  await clean(ana);
  await picture(ana, 'history');
  await version.getByRole('button', { name: 'Restore this' }).click();
  await ana.getByText('Restored: it stands again.').waitFor();
  await picture(ana, 'history-restored');
  await ana.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  for (const page of [ana, ben]) {
    await heading(page, lost).waitFor(SOON);
    await expect.poll(() => page.getByRole('button', { name: /at the same time: look/ }).count()).toBe(0);
  }
  await known(ana);
});

it('declared without the server, it waits for its number; what stood can be kept', async () => {
  const impact = async (page: Page, said: string) => {
    await go(page, 'i');
    await page.getByLabel('Impact', { exact: true }).fill(said);
    await page.keyboard.press('Control+Enter');
    await page.locator('aside').getByText(said).waitFor();
  };
  const restart = await world.stopServer();
  for (const page of [ana, ben]) await page.getByText(/^Working offline since/).waitFor(SOON);
  await go(ben, 'Escape');
  await impact(ana, 'Nobody in Germany can pay.');
  await impact(ben, 'One in five payments fails.');
  await go(ana, 'c');
  await ana.getByText('Will be declared when the team can be reached').waitFor();
  await ana.keyboard.type('Search is slow');
  await ana.keyboard.press('Enter');
  await heading(ana, 'Search is slow').waitFor();
  await ana.getByText('no number yet').waitFor();
  await write(ana, 'theory: the index is being built again');
  await picture(ana, 'declared-offline');
  await clean(ana);
  await restart();
  await ana.getByText('#2', { exact: true }).waitFor(LATER);
  for (const page of [ana, ben]) await known(page);

  await ben.getByRole('button', { name: /wrote something else at the same time: look/ }).click(SOON);
  const stands = ben.getByRole('listitem').filter({ hasText: 'stands now' });
  const kept = await stands.getByRole('paragraph').innerText();
  await ben.getByRole('button', { name: 'Keep what stands' }).click();
  await ben.getByText('What stood is kept.').waitFor();
  await ben.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await go(ana, 'Escape', 'Escape', 'g', 'i');
  await ana.getByRole('option', { name: /Payments API answers 503|in Germany/ }).click();
  for (const page of [ana, ben]) {
    await page.locator('aside').getByText(kept).waitFor(SOON);
    await expect.poll(() => page.getByRole('button', { name: /at the same time: look/ }).count()).toBe(0);
  }
  await known(ben);
});

it('two write in one runbook: nothing is lost, each sees the other, undo takes back one’s own', async () => {
  await go(ana, 'Escape', 'g', 'r');
  await ana.getByText('No runbook yet.').waitFor();
  await ana.getByRole('button', { name: 'New runbook' }).first().click();
  await ana.getByLabel('What is it for?').fill('Payments: error rate');
  await ana.keyboard.press('Enter');
  await body(ana).waitFor();
  await go(ben, 'Escape', 'g', 'r');
  await ben.getByRole('option', { name: /Payments: error rate/ }).click(SOON);
  await body(ben).waitFor();

  await body(ana).click();
  await ana.keyboard.type('# First steps\n\nAna: \n');
  await expect.poll(() => text(ben), SOON).toContain('Ana:');
  await body(ben).click();
  await ben.keyboard.press('Control+End');
  await ben.keyboard.type('Ben: ');
  await expect.poll(() => text(ana), SOON).toContain('Ben:');
  await body(ana).click();
  await ana.keyboard.press('Control+Home');
  for (const key of ['ArrowDown', 'ArrowDown', 'End']) await ana.keyboard.press(key);
  await Promise.all([
    ana.keyboard.type('look at the dashboard of the load balancer', { delay: 15 }),
    ben.keyboard.type('ask the bank whether it is them', { delay: 15 }),
  ]);
  const both =
    '# First steps\n\nAna: look at the dashboard of the load balancer\nBen: ask the bank whether it is them';
  for (const page of [ana, ben]) await expect.poll(() => text(page), SOON).toBe(both);
  await ana.getByText('Ben Okafor is writing here too').waitFor(SOON);
  await ben.getByText('Ana Ruiz is writing here too').waitFor(SOON);
  await ana.locator('.peer-name', { hasText: 'Ben Okafor' }).waitFor(SOON);
  await ben.locator('.peer-name', { hasText: 'Ana Ruiz' }).waitFor(SOON);
  await clean(ana);
  await picture(ana, 'runbook');

  await ana.keyboard.press('Control+z');
  await expect.poll(() => text(ana)).not.toContain('dashboard');
  for (const page of [ana, ben]) {
    await expect.poll(() => text(page), SOON).toContain('ask the bank whether it is them');
    await expect.poll(() => text(page), SOON).not.toContain('dashboard');
  }
  await ana.keyboard.press('Control+y');
  for (const page of [ana, ben]) await expect.poll(() => text(page), SOON).toBe(both);
});

it('two write in one runbook without the server: both texts are there when it is back', async () => {
  const restart = await world.stopServer();
  for (const page of [ana, ben]) await page.getByText(/^Working offline since/).waitFor(SOON);
  await Promise.all([
    ana.keyboard.type(', then of the database', { delay: 5 }),
    ben.keyboard.type('; their number is 555 0100', { delay: 5 }),
  ]);
  expect(await text(ana)).not.toContain('555');
  await ana.getByText(/changes? waiting/).waitFor();
  await restart();
  const both =
    '# First steps\n\nAna: look at the dashboard of the load balancer, then of the database\n' +
    'Ben: ask the bank whether it is them; their number is 555 0100';
  for (const page of [ana, ben]) await expect.poll(() => text(page), LATER).toBe(both);
  await ben.keyboard.press('Control+z');
  for (const page of [ana, ben]) {
    await expect.poll(() => text(page), SOON).not.toContain('555');
    await expect.poll(() => text(page), SOON).toContain('then of the database');
  }
  for (const page of [ana, ben]) await known(page);
  await ben.reload();
  // A text with words in it opens to be read.
  await ben.locator('.markdown').getByText('then of the database').waitFor(SOON);
});

it('search finds an entry as it is being typed, and opens it at its line', async () => {
  await go(ben, 'Escape', '/');
  await ben.getByLabel('Search everything').waitFor();
  await ben.keyboard.type('connection po');
  const hit = ben.getByRole('option').filter({ hasText: 'the connection pool is too small' });
  await hit.waitFor();
  await expect.poll(() => hit.locator('mark').allInnerTexts()).toEqual(['connection', 'pool']);
  await clean(ben);
  await picture(ben, 'search');
  await ben.getByLabel('Search everything').fill('load balancer');
  await ben.getByRole('option', { name: /Payments: error rate/ }).waitFor();
  await ben.getByLabel('Search everything').fill('40 tickets');
  await ben.getByRole('option').filter({ hasText: 'support has 40 tickets' }).click();
  await ben.locator('.entry.chosen').getByText('support has 40 tickets').waitFor();
});

it('a change that is refused becomes a draft with its words', async () => {
  await go(eve, 'g', 'i');
  await eve.getByRole('option', { name: /Payments API answers 503|in Germany/ }).click();
  await eve.getByText('You read along:', { exact: false }).waitFor();
  await input(eve).fill('I read along and write');
  await input(eve).press('Enter');
  await eve.getByText(/One change was not accepted/).click(SOON);
  await eve.getByRole('heading', { name: 'Drafts' }).waitFor();
  await eve.getByText('I read along and write').waitFor();
  await clean(eve);
  await picture(eve, 'drafts');
  expect(await ana.getByText('I read along and write').count()).toBe(0);
  await eve.getByRole('button', { name: 'Discard' }).click();
  await eve.getByText(/^Discarded:/).waitFor();
  await eve.goBack();
  await input(eve).waitFor();
  expect(await line(eve, 'I read along and write').count()).toBe(0);
});

it('alone first, then with the team: the history goes along', async () => {
  await chi.getByRole('button', { name: 'Just me, for now' }).click();
  await chi.getByLabel('Your name').fill('Chi');
  await chi.getByRole('button', { name: 'Start alone' }).click();
  await chi.getByText('Only on this computer').first().waitFor();
  await picture(chi, 'alone');
  await go(chi, 'c');
  await chi.getByText('It is kept on this computer.').waitFor();
  await chi.keyboard.type('The printer prints nothing but hearts');
  await chi.keyboard.press('Enter');
  await heading(chi, 'The printer prints nothing but hearts').waitFor();
  await write(chi, 'found: somebody changed the tray');
  await clean(chi);
  await picture(chi, 'alone-incident');
  await go(chi, 'Escape', 'Escape', 'g', 'r');
  await chi.getByRole('button', { name: 'New runbook' }).first().click();
  await chi.getByLabel('What is it for?').fill('Printer: wrong paper');
  await chi.keyboard.press('Enter');
  await body(chi).click();
  await chi.keyboard.type('Open the second tray.');
  await chi.getByText('Kept as you type.').waitFor();

  await go(chi, 'Escape', 'g', 's');
  await chi.getByRole('link', { name: 'Team' }).click();
  await chi.getByLabel('Invite link').fill(world.invite('chi@example.com'));
  await picture(chi, 'joining');
  await chi.getByRole('button', { name: 'Join' }).click();
  await chi.getByText(/^Connected to/).waitFor(LATER);
  await known(chi);
  await chi.bringToFront();
  await go(chi, 'g', 'r');
  await chi.getByRole('option', { name: /Printer: wrong paper/ }).click();
  // What is written is there to be read; the editor is one key away.
  await chi.getByText('Open the second tray.').waitFor(SOON);
  await go(chi, 'e');
  await body(chi).waitFor();
  await expect.poll(() => text(chi), SOON).toBe('Open the second tray.');
  await go(chi, 'Escape', 'g', 'i');
  await chi.getByRole('option', { name: /hearts/ }).waitFor();
  await chi.getByRole('option', { name: /Payments API answers 503|in Germany/ }).waitFor(SOON);

  await go(ben, 'Escape', 'Escape', 'g', 'i');
  await ben.getByRole('option', { name: /hearts/ }).click(SOON);
  await line(ben, 'somebody changed the tray').getByText('Chi Tran').waitFor(SOON);
  await ben.getByText('#3', { exact: true }).waitFor(SOON);
  await picture(ben, 'from-alone');
  await go(ben, 'g', 'r');
  await ben.getByRole('option', { name: /Printer: wrong paper/ }).click(SOON);
  await ben.getByText('Open the second tray.').waitFor(SOON);
  await go(ben, 'e');
  await body(ben).waitFor();
  await expect.poll(() => text(ben), SOON).toBe('Open the second tray.');
  await clean(ben, chi);
});

it('nothing went wrong on the way', () => {
  expect(errors).toEqual([]);
});
