import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';
import { Written, action, changed, comment, postmortem, row } from './postmortem';
import type { ActionRow, PostmortemView } from '../src/host/types';

/** A postmortem by keys, while others change it, on a core that says what it is told to say. */
let mock: Mock;
let browser: Browser;
let page: Page;
let errors: string[];
const changes = () =>
  mock.asked.filter((a) => a.name === 'postmortem_set').map((a) => (a.args as { change: unknown }).change);

beforeAll(async () => {
  mock = await Mock.start();
  browser = await Browser.start();
});
afterAll(async () => {
  await browser?.stop();
  mock?.stop();
});
beforeEach(async () => {
  mock.asked.length = 0;
  mock.answers = { state: () => f.state(), ...l.answers() };
  errors = [];
  page = await browser.window(errors);
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

async function open(view: PostmortemView): Promise<Written> {
  const written = new Written(mock, view);
  mock.answers = { ...mock.answers, ...written.answers };
  await page.goto(`${mock.url}#/postmortems/${l.CHECKOUT}`);
  await page.getByRole('region', { name: 'Summary', exact: true }).waitFor();
  return written;
}
const list = () => page.getByRole('listbox', { name: 'Comments in the order of the text' });
const isFocused = (on: Locator) => on.evaluate((at) => at === document.activeElement);

it('who is answering a comment while it is resolved goes on typing, and answers that one', async () => {
  const [first, second] = [
    comment({ text: 'Which queue?', suggestion: 'The queue of orders filled up.' }),
    comment({ text: 'Since when?' }),
  ];
  const { id } = second.comment;
  const written = await open(postmortem({ comments: [first, second] }));
  await page.keyboard.press('m');
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  const reply = page.getByLabel('Reply');
  await reply.waitFor();
  await page.keyboard.type('Since 14:02');
  const resolved = { by: 'ben', at: f.at(0) };
  written.elsewhere({ comments: [first, { ...second, comment: { ...second.comment, resolved } }] });
  await list()
    .getByText(/^Resolved by Ben Okafor/)
    .waitFor();
  await page.keyboard.type(', as dashboards say.');
  expect(await reply.inputValue()).toBe('Since 14:02, as dashboards say.');
  expect(changes()).toEqual([]);
  expect(mock.asked.some((a) => a.name === 'postmortem_accept')).toBe(false);
  await page.keyboard.press('Enter');
  await expect
    .poll(changes)
    .toMatchObject([{ what: 'reply', comment: id, text: 'Since 14:02, as dashboards say.' }]);
  // Answered, it goes where what is resolved goes.
  await expect.poll(() => list().getByRole('option').count()).toBe(1);
  await expect.poll(() => isFocused(list())).toBe(true);
});

it('who is answering a comment that is taken back keeps the words, and no letter becomes a command', async () => {
  const [first, second] = [comment({ text: 'Which queue?' }), comment({ text: 'Since when?' })];
  const written = await open(postmortem({ comments: [first, second] }));
  await page.keyboard.press('m');
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  await page.getByLabel('Reply').waitFor();
  await page.keyboard.type('Since 14:02');
  written.elsewhere({ comments: [first] });
  await expect.poll(() => list().getByText('Since when?').count()).toBe(0);
  await page.keyboard.type(', as dashboards say.');
  await page.keyboard.press('Enter');
  await page.getByText('This comment has been taken back').waitFor();
  expect(await page.getByLabel('Reply').inputValue()).toBe('Since 14:02, as dashboards say.');
  expect(changes()).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByLabel('Reply').waitFor({ state: 'detached' });
  await expect.poll(() => isFocused(list())).toBe(true);
});

it('when the comment under the cursor is resolved by another, d does not resolve the next one unseen', async () => {
  const [first, second, third] = ['Which queue?', 'Since when?', 'Who was told?'].map((text) =>
    comment({ text }),
  ) as [ReturnType<typeof comment>, ReturnType<typeof comment>, ReturnType<typeof comment>];
  const written = await open(postmortem({ comments: [first, second, third] }));
  await page.keyboard.press('m');
  await page.keyboard.press('j');
  await list().getByRole('option', { selected: true }).getByText('Since when?').waitFor();
  written.elsewhere({ comments: [first, third] });
  await expect.poll(() => list().getByText('Since when?').count()).toBe(0);
  await page.keyboard.press('d');
  await page.keyboard.press('j');
  await list().getByRole('option', { selected: true }).getByText('Who was told?').waitFor();
  expect(changes()).toEqual([]);
  await page.keyboard.press('d');
  await expect.poll(changes).toEqual([{ what: 'resolve', comment: third.comment.id, resolved: true }]);
});

it('what was shown and is hidden again leaves the cursor on a comment', async () => {
  const by = { by: 'ben', at: f.at(-1) };
  const [first, second] = [comment({ text: 'Which queue?', resolved: by }), comment({ text: 'Since when?' })];
  await open(postmortem({ comments: [first, second] }));
  const chosen = list().getByRole('option', { selected: true });
  await page.keyboard.press('m');
  await chosen.getByText('Since when?').waitFor();
  await page.keyboard.press('h');
  await page.keyboard.press('k');
  await chosen.getByText('Which queue?').waitFor();
  await page.keyboard.press('h');
  await chosen.getByText('Since when?').waitFor();
});

const items = () => page.getByRole('region', { name: 'Action items', exact: true });
const item = (title: string) =>
  items()
    .getByRole('listitem')
    .filter({ has: page.getByRole('button', { name: `Edit the action: ${title}` }) });
const titles = () =>
  items()
    .getByRole('button', { name: /^Edit the action: / })
    .allTextContents();

it('a date is typed figure by figure, saved when it is whole, and the keys stay with its action', async () => {
  const [plan, print] = [
    action({ title: 'Show the plan', due: '2026-10-01' }),
    action({ title: 'Print it' }),
  ];
  await open(postmortem({}, [plan, print]));
  const due = item('Print it').getByLabel('Due');
  await due.focus();
  for (const figure of '08082026') await page.keyboard.press(figure);
  expect(await titles()).toEqual(['Show the plan', 'Print it']);
  expect(changes()).toEqual([]);
  await page.keyboard.press('Enter');
  await expect.poll(titles).toEqual(['Print it', 'Show the plan']);
  expect(changes()).toEqual([{ what: 'action', id: print.id, change: { field: 'due', due: '2026-08-08' } }]);
  expect(await isFocused(due)).toBe(true);
});

it('a date is saved when its field is left; half a date is not, and the one before it stands again', async () => {
  const plan = action({ title: 'Show the plan', due: '2026-10-01' });
  await open(postmortem({}, [plan]));
  const due = item('Show the plan').getByLabel('Due');
  await due.focus();
  await page.keyboard.type('02');
  await page.keyboard.press('Escape');
  await expect.poll(() => due.inputValue()).toBe('2026-10-01');
  await due.focus();
  await page.keyboard.type('0505');
  await page.keyboard.press('2');
  await page.getByRole('heading', { name: 'Action items' }).click();
  await expect.poll(() => due.inputValue()).toBe('2026-10-01');
  await due.focus();
  await page.keyboard.press('Backspace');
  await page.getByRole('heading', { name: 'Action items' }).click();
  await expect.poll(() => due.inputValue()).toBe('2026-10-01');
  expect(changes()).toEqual([]);
  await due.focus();
  await page.keyboard.type('05052026');
  await page.getByRole('heading', { name: 'Action items' }).click();
  await expect
    .poll(changes)
    .toEqual([{ what: 'action', id: plan.id, change: { field: 'due', due: '2026-05-05' } }]);
});

it('an action that goes up or down in the list takes the focus along', async () => {
  const [plan, print, tell] = [
    action({ title: 'Show the plan', priority: 'P2' }),
    action({ title: 'Print it', priority: 'P3' }),
    action({ title: 'Tell whoever reviews', priority: 'P4' }),
  ];
  const written = await open(postmortem({}, [plan, print, tell]));
  for (const [title, keys, to] of [
    ['Tell whoever reviews', 'P1', 0],
    ['Show the plan', 'P4', 2],
    ['Print it', 'P2', 1],
    ['Show the plan', 'P1', 1],
  ] as const) {
    const priority = item(title).getByLabel('Priority');
    await priority.focus();
    await page.keyboard.type(keys);
    await expect.poll(async () => (await titles())[to]).toBe(title);
    expect(await isFocused(priority)).toBe(true);
  }
  // Others move it, too.
  const before = changes().length;
  await item('Show the plan')
    .getByRole('button', { name: /^Edit the action/ })
    .click();
  const field = items().getByRole('textbox', { name: 'Edit the action' });
  await page.keyboard.press('End');
  for (const [priority, to] of [
    ['P4', 2],
    ['P1', 1],
  ] as const) {
    written.act(plan.id, { field: 'priority', priority });
    written.elsewhere({});
    await items().getByRole('listitem').nth(to).getByRole('textbox', { name: 'Edit the action' }).waitFor();
    await page.keyboard.type(` ${priority}`);
  }
  expect(await field.inputValue()).toBe('Show the plan P4 P1');
  expect(changes().length).toBe(before);
});

async function board(rows: ActionRow[]): Promise<{ rows: ActionRow[]; tell: () => void }> {
  const told = { rows, tell: () => mock.tell({ topic: 'postmortem', incident: l.CHECKOUT }) };
  mock.answers = {
    ...mock.answers,
    trackers: () => [],
    actions: () => ({ rows: told.rows, follow_through: null, may_write: true }),
    postmortem_set: ({ change }) => {
      if (change.what === 'action')
        told.rows = told.rows.map((one) =>
          one.action.id === change.id ? { ...one, action: changed(one.action, change.change) } : one,
        );
      told.tell();
      return null;
    },
  };
  await page.goto(`${mock.url}#/actions`);
  await page.getByRole('region', { name: 'All actions' }).getByRole('listitem').first().waitFor();
  return told;
}
const done = (of: ActionRow | undefined) => ({
  what: 'action',
  id: of?.action.id,
  change: { field: 'status', to: 'done', reason: null },
});
const marked = (title: string) =>
  page.locator('[aria-current=true]').getByRole('button', { name: title, exact: true });
const five = () => ['one', 'two', 'three', 'four', 'five'].map((title, i) => row({ title }, 9 - i));

it('one action after the other is done with d: the next one is marked, not the one that is late the longest', async () => {
  const rows = five();
  await board(rows);
  for (const key of 'jj') await page.keyboard.press(key);
  await marked('three').waitFor();
  await page.keyboard.press('d');
  await marked('four').waitFor();
  await page.keyboard.press('d');
  await marked('five').waitFor();
  await page.keyboard.press('d');
  await marked('two').waitFor();
  expect(changes()).toEqual([done(rows[2]), done(rows[3]), done(rows[4])]);
});

it('when somebody else finishes the action that is marked, d does nothing until one is chosen', async () => {
  const rows = five();
  const told = await board(rows);
  for (const key of 'jj') await page.keyboard.press(key);
  await marked('three').waitFor();
  told.rows = rows.filter((one) => one !== rows[2]);
  told.tell();
  await expect.poll(() => page.getByText('three', { exact: true }).count()).toBe(0);
  await page.keyboard.press('d');
  await page.keyboard.press('j');
  await marked('four').waitFor();
  expect(changes()).toEqual([]);
  await page.keyboard.press('d');
  await marked('five').waitFor();
  expect(changes()).toEqual([done(rows[3])]);
});

it('what comes before the first action that is marked does not come under the fingers', async () => {
  const rows = five();
  const told = await board(rows.slice(1));
  await marked('two').waitFor();
  told.rows = rows;
  told.tell();
  await page.getByText('one', { exact: true }).waitFor();
  await page.keyboard.press('d');
  await expect.poll(changes).toEqual([done(rows[1])]);
  await page.keyboard.press('f');
  await page.locator('[aria-current=true]').waitFor({ state: 'detached' });
  await page.keyboard.press('f');
  await page.locator('[aria-current=true]').waitFor();
});
