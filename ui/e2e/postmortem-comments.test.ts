import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Authors, LATER, SOON, clean, editor, go, section, write } from './authors';
import { call } from './history';
import type { World } from './world';

/** Two authors who say something about each other's words, on the real server and the real cores. Told in order. */
let all: Authors;
let world: World;
let ana: Page;
let ben: Page;
let errors: string[];
const picture = (page: Page, name: string) => all.picture(page, name);

beforeAll(async () => {
  all = await Authors.start('comments', (core, incident) =>
    call(core, 'entry_add', {
      incident,
      kind: 'found',
      text: 'a slow query in v3.4.2 holds every connection',
      reason: null,
      at: new Date(Date.now() - 31 * 60_000).toISOString(),
      corrects: null,
    }),
  );
  ({ world, ana, ben, errors } = all);
  await all.open();
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await all.failed();
});
afterAll(async () => {
  await all?.stop();
});

const panel = (page: Page) => page.getByRole('complementary', { name: 'Comments' });
const list = (page: Page) => page.getByRole('listbox', { name: 'Comments in the order of the text' });
/** What an editor says, without the names at the carets of others. */
const says = (page: Page, name: string): Promise<string> =>
  editor(page, name).evaluate((shown) => {
    const copy = shown.cloneNode(true) as HTMLElement;
    for (const caret of copy.querySelectorAll('.peer-caret')) caret.remove();
    return copy.textContent ?? '';
  });
/** In an editor of one line. */
async function select(page: Page, name: string, words: string): Promise<void> {
  await write(page, name);
  await expect.poll(() => says(page, name), SOON).toContain(words);
  const from = (await says(page, name)).indexOf(words);
  await page.keyboard.press('Control+Home');
  for (let i = 0; i < from; i++) await page.keyboard.press('ArrowRight');
  for (let i = 0; i < words.length; i++) await page.keyboard.press('Shift+ArrowRight');
}

it('a comment stays on its words while the other writes in the same paragraph, both without a network', async () => {
  await write(ana, 'Summary');
  await ana.keyboard.type('The queue filled up. Nobody saw it.');
  await write(ben, 'Summary');
  await expect.poll(() => says(ben, 'Summary'), SOON).toContain('Nobody saw it.');
  const restart = await world.stopServer();
  for (const page of [ana, ben])
    await page.getByText(/^Connected to/).waitFor({ state: 'detached', ...LATER });

  await select(ana, 'Summary', 'queue');
  await ana.keyboard.press('Control+m');
  await ana.getByLabel('Comment', { exact: true }).fill('Which one?');
  await clean(ana);
  await picture(ana, 'written');
  await ana.keyboard.press('Enter');
  await ana.locator('.commented').getByText('queue').waitFor();
  await expect.poll(() => editor(ana, 'Summary').evaluate((at) => at === document.activeElement)).toBe(true);
  await ben.bringToFront();
  await ben.keyboard.press('Control+Home');
  await ben.keyboard.type('At 14:02: ');

  await restart();
  await expect.poll(() => says(ana, 'Summary'), LATER).toContain('At 14:02: The queue');
  await ben.locator('.commented').getByText('queue', { exact: true }).waitFor(LATER);
  await expect.poll(() => ana.locator('.commented').textContent()).toBe('queue');
  await go(ben, 'Escape', 'm');
  await list(ben).getByRole('option').filter({ hasText: 'Which one?' }).waitFor();
  await clean(ben);
  await picture(ben, 'read');
});

it('it is answered with the keyboard, leads to its passage, and is kept when it is resolved', async () => {
  await go(ben, 'r');
  await ben.getByLabel('Reply').fill('The one of orders.');
  await ben.keyboard.press('Enter');
  await list(ben).getByText('The one of orders.').waitFor();
  await go(ana, 'Escape', 'm');
  const hers = list(ana).getByRole('option').filter({ hasText: 'The one of orders.' });
  await hers.waitFor(SOON);
  expect(await panel(ana).getByRole('button', { name: 'Take it back' }).count()).toBe(1);
  expect(await panel(ben).getByRole('button', { name: 'Take it back' }).count()).toBe(0);
  await go(ben, 'Enter');
  await expect.poll(() => ben.evaluate(() => getSelection()?.toString())).toBe('queue');
  await go(ben, 'Escape');
  await go(ana, 'd');
  await hers.waitFor({ state: 'detached' });
  await expect.poll(() => ben.locator('.commented').count()).toBe(0);
  await panel(ana).getByText('No open comments').waitFor();
  await go(ana, 'h');
  await list(ana)
    .getByText(/^Resolved by you/)
    .waitFor();
  await clean(ana);
  await picture(ana, 'resolved');
  await go(ana, 'h');
});

it('other words are suggested, refused while the passage is another, and written by whoever accepts them', async () => {
  await select(ben, 'Summary', 'Nobody saw it');
  await section(ben, 'Summary').getByRole('button', { name: 'Suggest other words' }).click();
  await ben.getByLabel('Write instead').fill('No alert watches it');
  await ben.getByLabel('Why').fill('Say what the system did.');
  await ben.keyboard.press('Enter');
  const offered = list(ana).getByRole('option').filter({ hasText: 'No alert watches it' });
  await offered.waitFor(SOON);
  await clean(ana);
  await picture(ana, 'suggestion');
  await select(ben, 'Summary', 'it.');
  await ben.keyboard.press('ArrowLeft');
  await ben.keyboard.type('?');
  await offered.getByText('The passage has changed since').waitFor(SOON);
  await go(ana, 'a');
  await ana.getByRole('alert').getByText('The passage has changed since this was suggested').waitFor();
  await ben.bringToFront();
  await ben.keyboard.press('Backspace');
  await offered.getByText('The passage has changed since').waitFor({ state: 'detached', ...SOON });
  await go(ana, 'a');
  await offered.waitFor({ state: 'detached', ...SOON });
  await section(ana, 'Summary')
    .getByText('At 14:02: The queue filled up. No alert watches it.')
    .first()
    .waitFor();
  await expect.poll(() => says(ben, 'Summary'), SOON).toContain('No alert watches it.');
  await go(ana, 'Escape');
});

it('people are offered behind an @, in the text and in a comment', async () => {
  await write(ben, 'Summary');
  await ben.keyboard.press('Control+End');
  await ben.keyboard.type(' Ask @an');
  await ben.getByRole('option', { name: '@Ana Ruiz' }).waitFor();
  await clean(ben);
  await picture(ben, 'mention');
  // A list that has just come takes no key yet.
  await expect
    .poll(async () => {
      if ((await says(ben, 'Summary')).includes('@Ana Ruiz')) return true;
      await ben.keyboard.press('Enter');
      return false;
    })
    .toBe(true);
  await section(ana, 'Summary').getByText('Ask @Ana Ruiz').first().waitFor(SOON);
  await select(ana, 'Summary', 'queue');
  await ana.keyboard.press('Control+m');
  await ana.getByLabel('Comment', { exact: true }).fill('');
  await ana.keyboard.type('@be');
  await ana.getByRole('button', { name: '@Ben Okafor' }).waitFor();
  await ana.keyboard.press('Tab');
  await ana.keyboard.type('which?');
  await ana.keyboard.press('Enter');
  await go(ben, 'Escape');
  if ((await panel(ben).count()) === 0) await go(ben, 'm');
  await list(ben).getByText('@Ben Okafor which?').waitFor(SOON);
  await go(ben, 'Escape');
  await go(ana, 'Escape');
});

it('where it is read, a commented passage stands out and leads to its comment', async () => {
  const passage = section(ben, 'Summary').getByRole('button', { name: 'queue', exact: true });
  await passage.waitFor(SOON);
  await ben.bringToFront();
  const chosen = list(ben).getByRole('option', { selected: true }).filter({ hasText: '@Ben Okafor which?' });
  for (const open of [() => passage.press('Enter'), () => passage.click()]) {
    await open();
    await chosen.waitFor(SOON);
    expect(await editor(ben, 'Summary').count()).toBe(0);
    await clean(ben);
    await picture(ben, 'passage');
    await go(ben, 'Escape');
  }
});

it('a line of the record is linked in the text, and the link leads to it', async () => {
  await write(ana, 'Lessons learned');
  await ana.keyboard.type('It began with ');
  await ana.keyboard.press('Escape');
  await go(ana, 'v');
  const lines = ana.getByRole('listbox', { name: 'Lines of the record' });
  await lines.waitFor();
  while ((await lines.locator('.at').filter({ hasText: 'a slow query' }).count()) === 0)
    await ana.keyboard.press('j');
  await ana.keyboard.press('l');
  await expect.poll(() => says(ana, 'Lessons learned')).toContain('](#line-entry_');
  const link = section(ben, 'Lessons learned').getByRole('button', { name: /^\d\d:\d\d a slow query/ });
  await link.waitFor(SOON);
  await ben.bringToFront();
  await link.click();
  const shown = ben.getByRole('listbox', { name: 'Lines of the record' }).locator('.at');
  await shown.filter({ hasText: 'a slow query' }).waitFor();
  await clean(ben);
  await picture(ben, 'line');
  await go(ben, 'Escape');
  await go(ana, 'Escape', 'Escape');
});

it('a section has its history by author, and is written back as a new edit', async () => {
  const name = 'What went well';
  await write(ana, name);
  await ana.keyboard.type('The roll-back was quick.');
  await ana.keyboard.press('Escape');
  await section(ben, name).getByText('The roll-back was quick.').waitFor(SOON);
  await write(ben, name);
  await ben.keyboard.press('Control+End');
  await ben.keyboard.type(' It was luck.');
  await ben.keyboard.press('Escape');
  await section(ana, name).getByText('It was luck.').waitFor(SOON);
  await ana.bringToFront();
  await section(ana, name)
    .getByRole('button', { name: `History of “${name}”` })
    .click();
  const dialog = ana.getByRole('dialog', { name: `History of “${name}”` });
  const versions = dialog.getByRole('radio');
  await expect.poll(() => versions.count()).toBe(2);
  await dialog.getByRole('radio', { name: /^Ben Okafor/ }).waitFor({ state: 'attached' });
  await dialog.getByText('It was luck.').waitFor();
  await clean(ana);
  await picture(ana, 'history');
  await dialog.getByRole('radio', { name: /^you/ }).check({ force: true });
  await dialog.getByRole('button', { name: 'Write this text back' }).click();
  await dialog.getByText('Written back.').waitFor();
  await expect.poll(() => versions.count()).toBe(3);
  await ana.keyboard.press('Escape');
  for (const page of [ana, ben]) {
    await section(page, name)
      .getByText('It was luck.')
      .waitFor({ state: 'detached', ...SOON });
    await section(page, name).getByText('The roll-back was quick.').waitFor();
  }
  expect(errors).toEqual([]);
});
