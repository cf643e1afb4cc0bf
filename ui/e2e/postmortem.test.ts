import { readFileSync, rmSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Authors, LATER, SOON, clean, go, section } from './authors';
import { call } from './history';
import type { World } from './world';

/** Two authors of one postmortem, on the real server and the real cores. Told in order. */
let all: Authors;
let world: World;
let ana: Page;
let ben: Page;
let errors: string[];
const picture = (page: Page, name: string) => all.picture(page, name);

beforeAll(async () => {
  all = await Authors.start('postmortem', async (core, incident) => {
    const say = (kind: 'found' | 'checking' | 'decision', text: string, minutes: number) =>
      call(core, 'entry_add', {
        incident,
        kind,
        text,
        reason: kind === 'decision' ? 'it is the fastest way' : null,
        at: new Date(Date.now() - minutes * 60_000).toISOString(),
        corrects: null,
      });
    await say('checking', 'the logs of payments-api', 40);
    await say('found', 'a slow query in v3.4.2 holds every connection', 31);
    await say('decision', 'roll back to v3.4.1', 29);
  });
  ({ world, ana, ben, errors } = all);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await all.failed();
});
afterAll(async () => {
  await all?.stop();
});

it('the postmortem of a SEV1 is there when it is resolved, with its facts and a drafted timeline', async () => {
  await go(ana, 'g', 'm');
  const row = ana.getByRole('option', { name: /Checkout is down/ });
  await row.getByText('Not begun').waitFor(SOON);
  await row.getByText(/draft due/).waitFor();
  await clean(ana);
  await picture(ana, 'list');
  await go(ana, 'Enter');
  const facts = section(ana, 'Facts');
  await facts.getByText('Impact began').waitFor(SOON);
  const timeline = section(ana, 'Timeline');
  await timeline.getByText('a slow query in v3.4.2 holds every connection').waitFor();
  await timeline.getByText('roll back to v3.4.1: it is the fastest way').waitFor();
  expect(await timeline.getByText('the logs of payments-api').count()).toBe(0);
  const missing = ana.getByRole('region', { name: 'Missing' });
  await missing.getByText('Summary: nothing is written').waitFor();
  await missing.getByText('When the impact began').waitFor();
  await clean(ana);
  await picture(ana, 'begun');
});

it('lines are picked, worded and joined with the keyboard', async () => {
  await go(ana, 'v');
  const list = ana.getByRole('listbox', { name: 'Lines of the record' });
  await list.waitFor();
  const line = (text: string) => list.getByRole('option').filter({ hasText: text });
  while ((await list.locator('.at').filter({ hasText: 'the logs of' }).count()) === 0)
    await ana.keyboard.press('j');
  await ana.keyboard.press(' ');
  await expect.poll(() => line('the logs of').getAttribute('aria-selected')).toBe('true');
  await ana.keyboard.press('j');
  await ana.keyboard.press('e');
  await ana.getByLabel('What happened').fill('A query without an index held every connection.');
  await ana.keyboard.press('Enter');
  await section(ana, 'Timeline').getByText('A query without an index held every connection.').waitFor();
  await line('The record says: a slow query').waitFor();
  await ana.getByLabel('What happened').waitFor({ state: 'detached' });
  await ana.keyboard.press('j');
  await ana.keyboard.press('m');
  await line('said by another line').waitFor();
  await ana.keyboard.press('n');
  await ana.getByLabel('What happened').fill('v3.4.2 reached everybody.');
  await ana.getByLabel('When (UTC)').fill('99:99');
  await ana.getByLabel('When (UTC)').press('Enter');
  await ana.getByText('Write a time such as').waitFor();
  await ana.getByLabel('When (UTC)').fill('00:01');
  await ana.getByLabel('When (UTC)').press('Enter');
  await section(ana, 'Timeline').getByText('v3.4.2 reached everybody.').waitFor();
  await clean(ana);
  await picture(ana, 'evidence');
  await ana.keyboard.press('Escape');
});

it('both write in the same paragraph, one without a network, and no character is lost', async () => {
  await go(ben, 'g', 'm');
  await ben.getByRole('option', { name: /Checkout is down/ }).click();
  await section(ben, 'Timeline').getByText('A query without an index').waitFor(SOON);
  await section(ana, 'Summary').getByRole('button', { name: 'Write: Summary' }).click();
  await ana.locator('.cm-content').click();
  await ana.keyboard.type('Checkout answered with errors.');
  await section(ben, 'Summary').getByText('Checkout answered with errors.').waitFor(SOON);

  const restart = await world.stopServer();
  for (const page of [ana, ben])
    await page.getByText(/^Connected to/).waitFor({ state: 'detached', ...LATER });
  await ana.keyboard.press('Control+Home');
  await ana.keyboard.type('For 65 minutes: ');
  await section(ben, 'Summary').getByRole('button', { name: 'Write: Summary' }).click();
  await ben.locator('.cm-content').click();
  await ben.keyboard.press('Control+End');
  await ben.keyboard.type(' Rolling back ended it.');
  await ben.keyboard.press('Escape');
  // Whys, a factor and an action, on a train.
  await section(ben, 'Root causes').getByRole('button', { name: 'Why did it happen?' }).click();
  await ben.keyboard.type('The query had no index');
  await ben.keyboard.press('Enter');
  await ben.getByRole('button', { name: /^Why\? Add what caused this: The query/ }).click();
  await ben.keyboard.type('The migration was reviewed without its plan');
  await ben.keyboard.press('Enter');
  await section(ben, 'Action items').getByRole('button', { name: 'Add an action' }).click();
  await ben.keyboard.type('Show the plan of every migration in review');
  await ben.keyboard.press('Enter');
  const actions = section(ben, 'Action items');
  await actions.getByText('Show the plan of every migration').waitFor();
  await actions.getByLabel('Owner').selectOption('ana');
  await ben.getByText('not yet known').first().waitFor();
  await picture(ben, 'offline');

  await restart();
  const whole = 'For 65 minutes: Checkout answered with errors. Rolling back ended it.';
  await section(ben, 'Summary').getByText(whole).waitFor(LATER);
  await ana.locator('.cm-content').filter({ hasText: whole }).waitFor(LATER);
  await section(ana, 'Root causes').getByText('The migration was reviewed without its plan').waitFor(LATER);
  await section(ana, 'Action items').getByText('Show the plan of every migration').waitFor(LATER);
  await clean(ana, ben);
  await picture(ana, 'written');
  await ana.keyboard.press('Escape');
});

it('a sentence about a person is pointed at, and can be dismissed for good', async () => {
  const lessons = section(ana, 'Lessons learned');
  await lessons.getByRole('button', { name: 'Write: Lessons learned' }).click();
  await lessons.locator('.cm-content').click();
  await ana.keyboard.type('Ben should have looked at the graphs.');
  const notes = lessons.getByRole('list', { name: 'Language' });
  await notes.getByText('Ben should have').waitFor(SOON);
  await ana.locator('.pointed').getByText('Ben should have').waitFor();
  await clean(ana);
  await picture(ana, 'language');
  await notes.getByRole('button', { name: 'Dismiss: Ben should have' }).click();
  await notes.waitFor({ state: 'detached' });
  await expect.poll(() => ana.locator('.pointed').count()).toBe(0);
  await section(ben, 'Lessons learned').getByText('Ben should have looked').waitFor(SOON);
  // Her dismissal comes after her words.
  await section(ben, 'Lessons learned')
    .getByRole('list', { name: 'Language' })
    .waitFor({ state: 'detached', ...SOON });
  await ana.keyboard.press('Escape');
});

it('an action waits for another one, and two do not wait for each other', async () => {
  await go(ana, 'g', 'm');
  await ana.getByRole('option', { name: /Checkout is down/ }).click();
  const items = section(ana, 'Action items');
  await items.getByRole('button', { name: 'Add an action' }).click();
  await ana.keyboard.type('Print plans in the build');
  await ana.keyboard.press('Enter');
  const of = (title: string) =>
    items
      .getByRole('listitem')
      .filter({ has: ana.getByRole('button', { name: `Edit the action: ${title}` }) });
  const [plan, print] = [of('Show the plan of every migration in review'), of('Print plans in the build')];
  await print.waitFor(SOON);
  await plan.getByLabel('After').selectOption('Print plans in the build');
  await plan.getByText('(Open)').waitFor(SOON);
  await print.getByLabel('After').selectOption('Show the plan of every migration in review');
  await ana.getByText(/waits for this action already, so neither could begin/).waitFor(SOON);
  await expect.poll(() => print.getByLabel('After').inputValue()).toBe('');
  await clean(ana);
  await picture(ana, 'after');
  await print.getByLabel('Status').selectOption('done');
  await plan.getByText('(Done)').waitFor(SOON);
});

it('an action is followed on the board, and a reason is asked for before one is dropped', async () => {
  await go(ana, 'Escape', 'g', 'a');
  const board = ana.getByRole('region', { name: 'All actions' });
  const item = board.getByRole('listitem').filter({ hasText: 'Show the plan' });
  await item.waitFor(SOON);
  await item.getByText('after “Print plans in the build”: done').waitFor();
  expect(await item.getByLabel('After').count()).toBe(0);
  await item.getByLabel('Priority').selectOption('P1');
  await item.getByLabel('Due').fill('2020-01-02');
  await item.getByText(/^overdue/).waitFor();
  await ana.getByText('1 overdue').waitFor();
  await item.getByLabel('Status').selectOption('dropped');
  await ana.getByLabel('Why is it dropped?').press('Enter');
  await expect
    .poll(() => ana.getByLabel('Why is it dropped?').getAttribute('placeholder'))
    .toMatch(/others will ask/);
  await ana.keyboard.press('Escape');
  await clean(ana);
  await picture(ana, 'actions');
  await go(ana, 'd');
  await ana.getByText('Nothing here.').waitFor();
  await ana.getByText('100% of the actions of the last 90 days are done').waitFor();
});

it('it is saved as a file, and one that was written elsewhere is brought in', async () => {
  await go(ana, 'g', 'm');
  await ana.getByRole('option', { name: /Checkout is down/ }).waitFor(SOON);
  await go(ana, 'Enter');
  await section(ana, 'Facts').waitFor(SOON);
  await go(ana, 'x');
  for (const [format, says] of [
    ['Markdown', 'Checkout is down'],
    ['PDF', '%PDF-'],
  ] as const) {
    await ana.getByRole('button', { name: format, exact: true }).click();
    const said = ana.getByText(new RegExp(`^Saved: .*\\.${format === 'PDF' ? 'pdf' : 'md'}$`));
    await said.waitFor(LATER);
    const path = ((await said.textContent()) ?? '').replace('Saved: ', '');
    expect(readFileSync(path, 'latin1')).toContain(says);
    rmSync(path);
  }
  await clean(ana);
  await picture(ana, 'file');
  await go(ana, 'Escape', 'Escape');
  await ana.getByLabel(/^Postmortems that were written elsewhere/).setInputFiles({
    name: 'old.md',
    mimeType: 'text/markdown',
    buffer: Buffer.from(
      '# [SEV-2] Search was slow - 2025-03-04\n\n## Summary\n\nThe index was rebuilt at noon.\n\n## Action items\n\n- Rebuild at night\n',
    ),
  });
  await ana.getByText(/^Brought in: .*Search was slow/).waitFor(SOON);
  await ana.getByRole('option', { name: /Search was slow/ }).waitFor(SOON);
  await clean(ana);
  await picture(ana, 'brought-in');
});

it('it goes to review, is published, and closed; and says what comes first', async () => {
  await go(ana, 'g', 'm');
  await ana.getByRole('option', { name: /Checkout is down/ }).click();
  const stage = (name: string) => ana.locator('.stage').getByText(name, { exact: true });
  await stage('Draft').waitFor(SOON);
  await go(ana, 's');
  await stage('In review').waitFor();
  await go(ana, 's');
  await ana.getByRole('dialog', { name: 'Publish it?' }).waitFor();
  await go(ana, 'Enter');
  await stage('Published').waitFor();
  await go(ana, 's');
  await stage('Closed').waitFor();
  await section(ana, 'Facts').waitFor();
  expect(errors).toEqual([]);
});
