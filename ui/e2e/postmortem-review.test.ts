import { readFileSync, rmSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { PostmortemChange } from '../src/host/types';
import { Authors, LATER, SOON, clean, go, section, write } from './authors';
import { call } from './history';
import type { World } from './world';

/** A postmortem is reviewed, published, corrected and closed, on the real server and the real cores. Told in order. */
let all: Authors;
let world: World;
let ana: Page;
let ben: Page;
let core: string;
let incident: string;
let errors: string[];
const picture = (page: Page, name: string) => all.picture(page, name);

const set = (change: PostmortemChange) => call(core, 'postmortem_set', { incident, change });

beforeAll(async () => {
  all = await Authors.start('review');
  ({ world, ana, ben, core, incident, errors } = all);
  await set({ what: 'start' });
  await set({
    what: 'action',
    id: crypto.randomUUID(),
    change: { field: 'create', title: 'Show the plan of every migration' },
  });
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await all.failed();
});
afterAll(async () => {
  await all?.stop();
});

const stage = (page: Page, name: string) => page.locator('.stage').getByText(name, { exact: true });
async function add(page: Page, where: string, text: string): Promise<void> {
  await write(page, where);
  await page.keyboard.press('Control+End');
  await page.keyboard.type(text);
  await page.keyboard.press('Escape');
}

it('it is sent to review with something missing', async () => {
  for (const page of [ana, ben]) {
    await go(page, 'g', 'm');
    await page.getByRole('option', { name: /Checkout is down/ }).click();
    await stage(page, 'Draft').waitFor(SOON);
  }
  await add(ana, 'Summary', 'Checkout answered with errors.');
  await go(ana, 's');
  await stage(ana, 'In review').waitFor();
  await stage(ben, 'In review').waitFor(SOON);
  // In a narrow window the buttons leave the title its place.
  await ana.setViewportSize({ width: 1000, height: 700 });
  const title = await ana.getByRole('heading', { level: 1 }).boundingBox();
  expect(title?.width).toBeGreaterThan(320);
  await picture(ana, 'narrow');
  await ana.setViewportSize({ width: 1440, height: 900 });
});

it('a reviewer is asked and approves, and the meeting goes into a calendar', async () => {
  await ana.getByRole('button', { name: 'A reviewer' }).click();
  const sheet = ana.getByRole('dialog', { name: 'Review' });
  await sheet.getByText('Nobody is asked to read it yet.').waitFor(SOON);
  await sheet
    .getByRole('group', { name: /^Reviewers/ })
    .getByLabel('Ben')
    .check();
  const said = sheet.getByRole('list', { name: 'What reviewers say' });
  await said.getByText('not yet').waitFor(SOON);
  const time = sheet.getByLabel('Review meeting');
  await time.fill('at noon');
  await time.press('Enter');
  await sheet.getByText('This is not a time.').waitFor();
  await sheet.getByRole('button', { name: /^Hold it/ }).click();
  await expect.poll(() => time.inputValue()).toMatch(/^\d{4}-\d\d-\d\d 10:00$/);
  const day = (await time.inputValue()).slice(0, 10).replaceAll('-', '');
  await sheet.getByRole('button', { name: 'Save as calendar file' }).click();
  const saved = sheet.getByText(/^Saved: .*\.ics$/);
  await saved.waitFor(SOON);
  const path = ((await saved.textContent()) ?? '').replace('Saved: ', '');
  const file = readFileSync(path, 'utf8').replaceAll('\r\n ', '');
  expect(file).toMatch(new RegExp(`\r\nDTSTART:${day}T\\d{6}Z\r\n`));
  expect(file).toContain(`\r\nUID:postmortem-${incident}@firebell\r\n`);
  expect(file).toContain('mailto:ben@example.com');
  expect(file).toContain(`firebell://postmortem/${incident}`);
  rmSync(path);
  await clean(ana);
  await picture(ana, 'meeting');

  // He finds it on his first screen, too.
  await go(ben, 'Escape', 'g', 'h');
  const waits = ben.getByRole('link', { name: /^Review .*Checkout is down/ });
  await waits.waitFor(SOON);
  await clean(ben);
  await picture(ben, 'waiting');
  await waits.click();
  await stage(ben, 'In review').waitFor();
  await go(ben, 'r');
  const his = ben.getByRole('dialog', { name: 'Review' });
  await his.getByRole('button', { name: 'Approve', exact: true }).click();
  await his.getByRole('button', { name: 'Take the approval back' }).waitFor(SOON);
  await clean(ben);
  await go(ben, 'Escape');
  await said.getByText('approved').waitFor(SOON);
  await go(ana, 'Escape');
  await ana.getByRole('button', { name: 'Review 1/1' }).waitFor();
  expect(await ana.getByRole('button', { name: 'A reviewer' }).count()).toBe(0);
});

it('the public version is a text of its own, and leaves only by its own choice', async () => {
  await go(ana, 'r');
  await ana.getByRole('dialog', { name: 'Review' }).getByRole('button', { name: 'Public version' }).click();
  const sheet = ana.getByRole('dialog', { name: 'Public version' });
  await sheet.locator('.cm-content').click();
  await ana.keyboard.type('Ben Okafor restarted db1.internal, and payments work.');
  const notes = sheet.getByRole('list', { name: 'To look at again' });
  await notes.getByText('Ben Okafor').waitFor(SOON);
  await notes.getByText('db1.internal').waitFor();
  await clean(ana);
  await picture(ana, 'public');
  await ana.keyboard.press('Control+a');
  await ana.keyboard.type('Some payments failed. They work again.');
  await notes.waitFor({ state: 'detached', ...SOON });
  await go(ana, 'Escape');
  await sheet.waitFor({ state: 'detached' });
  expect(await ana.locator('main').getByText('Some payments failed').count()).toBe(0);
  await go(ana, 'x');
  const save = async (name: string): Promise<string> => {
    await ana.getByRole('button', { name, exact: true }).click();
    const ready = ana.getByRole('button', { name, exact: true }).and(ana.locator(':not(.pending)'));
    await ready.waitFor(SOON);
    const saved = ana.getByText(/^Saved: /);
    await saved.waitFor(SOON);
    const path = ((await saved.textContent()) ?? '').replace('Saved: ', '');
    const text = readFileSync(path, 'utf8');
    rmSync(path);
    return text;
  };
  expect(await save('Public version, Markdown')).toBe(
    '# What happened\n\nSome payments failed. They work again.\n',
  );
  await clean(ana);
  await picture(ana, 'file');
  await go(ana, 'Escape', 'x');
  const whole = await save('Markdown');
  expect(whole).toContain('Checkout answered with errors.');
  expect(whole).not.toContain('Some payments failed');
  await go(ana, 'Escape');
});

it('it is published, and says what comes before it is closed', async () => {
  await go(ana, 's');
  // Impact is empty, and more: it says so before it is frozen.
  const sheet = ana.getByRole('dialog', { name: 'Publish it?' });
  await sheet.getByText(/are missing, as listed beside the text\.$/).waitFor();
  await clean(ana);
  await picture(ana, 'publish');
  await go(ana, 'Escape');
  await sheet.waitFor({ state: 'detached' });
  await stage(ana, 'In review').waitFor();
  await go(ana, 's', 'Enter');
  await stage(ana, 'Published').waitFor();
  const line = ben.getByRole('button', { name: /^Published .* by Ana.*nothing changed since/ });
  await line.waitFor(SOON);
  // Why it is not closed yet stands there before anybody tries.
  await ben.getByText('One action is not done. Finish it, or drop it with a reason.').waitFor();
});

it('a correction made on a train is seen beside what was published, and published', async () => {
  const restart = await world.stopServer();
  await ben.getByText(/^Connected to/).waitFor({ state: 'detached', ...LATER });
  await add(ben, 'Summary', ' For 65 minutes.');
  await ben.getByRole('button', { name: /1 passage changed since/ }).waitFor(SOON);
  await restart();
  await ana.getByRole('button', { name: /^Published .*1 passage changed since/ }).waitFor(LATER);
  await go(ana, 'p');
  const sheet = ana.getByRole('dialog', { name: 'What was published' });
  const changes = sheet.getByRole('region', { name: 'What changed' });
  await changes.getByText('removed: Checkout answered with errors.').waitFor(SOON);
  await changes.getByText('added: Checkout answered with errors. For 65 minutes.').waitFor();
  await clean(ana);
  await picture(ana, 'corrections');
  await sheet.getByLabel('Show what has changed since').uncheck();
  const then = sheet.getByRole('region', { name: 'As it was published' });
  await then.getByText('Checkout answered with errors.', { exact: true }).waitFor();
  await clean(ana);
  await picture(ana, 'published');
  await sheet.getByRole('button', { name: 'Publish the corrections' }).click();
  await then.getByText('Checkout answered with errors. For 65 minutes.').waitFor();
  const versions = sheet.getByRole('radiogroup', { name: 'Published versions' });
  await versions.getByText('stands now').waitFor();
  expect(await versions.getByRole('radio').count()).toBe(2);
  await clean(ana);
  // What was published first can still be read.
  await versions.getByRole('radio').nth(1).check();
  await then.getByText('Checkout answered with errors.', { exact: true }).waitFor();
  await go(ana, 'Escape');
  await ana.getByRole('button', { name: /^Published .*nothing changed since/ }).waitFor();
});

it('whoever reads along is told so, and is offered nothing to change', async () => {
  const desktop = await world.desktop('eve', 'eve@example.com');
  const eve = await all.window(desktop.window);
  await eve.setViewportSize({ width: 1000, height: 700 });
  await go(eve, 'g', 'm');
  await eve.getByRole('option', { name: /Checkout is down/ }).click();
  await section(eve, 'Summary').getByText('Checkout answered with errors. For 65 minutes.').waitFor(LATER);
  const main = eve.getByRole('main');
  await main.getByText(/^You read along: a stakeholder changes nothing here/).waitFor();
  await section(eve, 'Action items').getByText('Show the plan of every migration').waitFor();
  const offers = /^(Write|Edit|Remove|Why|Add|Hide these|Close it|Correct)/;
  expect(await main.getByRole('button', { name: offers }).allTextContents()).toEqual([]);
  for (const role of ['combobox', 'textbox', 'checkbox'] as const)
    expect(await main.getByRole(role).count(), role).toBe(0);
  await go(eve, 'j', 'e', 's');
  expect(await main.locator('.cm-content').count()).toBe(0);
  await clean(eve);
  await picture(eve, 'reads-along');
  await go(eve, 'v');
  await eve.getByRole('option', { name: /./ }).first().waitFor();
  expect(await eve.getByRole('button', { name: 'Add a line' }).count()).toBe(0);
  await clean(eve);
  await picture(eve, 'reads-evidence');
  await go(eve, 'Escape', 'r');
  const sheet = eve.getByRole('dialog', { name: 'Review' });
  await sheet.getByText('approved').waitFor(SOON);
  expect(await sheet.getByRole('checkbox').count()).toBe(0);
  await clean(eve);
  await picture(eve, 'reads-review');
  await go(eve, 'Escape', 'g', 'a');
  const board = eve.getByRole('region', { name: 'All actions' });
  await board.getByText('Show the plan of every migration').waitFor(SOON);
  expect(await board.getByRole('combobox').count()).toBe(0);
  await clean(eve);
  await picture(eve, 'reads-actions');
  await eve.close();
});

it('when the last action is done it is closed, and its incident is offered to be closed, too', async () => {
  const actions = section(ana, 'Action items');
  await actions.getByLabel('Status').selectOption('done');
  await ana.getByText('One action is not done.').waitFor({ state: 'detached', ...SOON });
  // What was published says what is to be done; that it is done corrects nothing.
  await ana.getByRole('button', { name: /^Published .*nothing changed since/ }).waitFor();
  await go(ana, 'Escape', 'g', 'm');
  await ana.getByRole('option', { name: /Checkout is down/ }).click();
  await stage(ana, 'Published').waitFor(SOON);
  await go(ana, 's');
  await stage(ana, 'Closed').waitFor(SOON);
  await clean(ana);
  await picture(ana, 'closed');
  const close = ana.getByRole('button', { name: 'Close the incident, too' });
  await close.click();
  // The incident's own rules say what is open, and let it be closed all the same.
  const sheet = ana.getByRole('dialog');
  await sheet.getByRole('listitem').first().waitFor(SOON);
  await ana.keyboard.press('Enter');
  await close.waitFor({ state: 'detached', ...SOON });
  await ben.getByText('The incident is resolved, and not closed.').waitFor({ state: 'detached', ...SOON });
  const detail = await call(core, 'incident', { incident });
  expect(detail.row.incident.status).toBe('closed');
  await ana.getByRole('button', { name: 'Open it again' }).waitFor();
  expect(errors).toEqual([]);
});
