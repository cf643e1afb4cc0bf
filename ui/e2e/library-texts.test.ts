import { ChangeSet, Text } from '@codemirror/state';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Peer, TextUpdate } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock, type Answers } from './mock';

/** Incidents, runbooks and search with hands, on a core that says what it is told to say. */
let mock: Mock;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  mock = await Mock.start();
  browser = await Browser.start();
});
afterAll(async () => {
  await browser?.stop();
  mock?.stop();
});
beforeEach(async () => {
  errors = [];
  mock.asked.length = 0;
  say();
  page = await browser.window(errors);
  await page.setViewportSize({ width: 1000, height: 700 });
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

function say(more: Answers = {}): void {
  mock.answers = {
    state: () => f.state(),
    pages_ended: () => [],
    channels: () => f.channels,
    devices: () => f.devices,
    ...l.answers(),
    ...more,
  };
}
const asked = (name: string) => mock.asked.filter((a) => a.name === name).map((a) => a.args);

/** The core's part for texts. */
function texts(body: string, peers: Peer[] = []) {
  let text = Text.of(body.split('\n'));
  const log: TextUpdate[] = [];
  const add = (update: TextUpdate) => {
    text = ChangeSet.fromJSON(update.changes).apply(text);
    log.push(update);
  };
  const room: {
    readonly text: string;
    other(from: number, insert: string): void;
    peers: Peer[];
    answers: Answers;
  } = {
    get text() {
      return text.toString();
    },
    /** Somebody else's change. */
    other(from: number, insert: string) {
      const changes = ChangeSet.of({ from, insert }, text.length).toJSON() as unknown;
      add({ client: 'other', changes });
    },
    peers,
    answers: {
      text_open: () => ({ version: log.length, text: text.toString(), peers: room.peers }),
      text_push: ({ version, updates }) => {
        if (version !== log.length) return false;
        updates.forEach(add);
        return true;
      },
      text_updates: ({ version }) => ({ updates: log.slice(version), peers: room.peers, reopen: false }),
    },
  };
  return room;
}
const editor = () => page.getByRole('textbox', { name: /^Text of the runbook/ });
/** What stands in the editor, without the names of others. */
const lines = () =>
  editor()
    .locator('.cm-line')
    .evaluateAll((all) =>
      all.map((line) => {
        const copy = line.cloneNode(true) as HTMLElement;
        copy.querySelectorAll('.peer-name').forEach((name) => name.remove());
        return copy.textContent;
      }),
    );
const book = `#/runbooks/${l.RUNBOOK}`;
const document = `runbook/${l.RUNBOOK}`;

it('two write one text: both texts are one, and undo takes back one’s own only', async () => {
  const shared = texts('one\ntwo');
  say(shared.answers);
  await page.goto(mock.url + book);
  await page.getByText('Checkout takes orders.').waitFor();
  await page.keyboard.press('e');
  await editor().waitFor();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' three');
  await expect.poll(() => shared.text).toBe('one\ntwo three');
  shared.other(0, 'zero ');
  shared.peers = [{ person: 'ben', name: 'Ben Okafor', device: 'd', selection: [5, 5] }];
  mock.tell({ topic: 'document', document });
  await expect.poll(lines).toEqual(['zero one', 'two three']);
  expect(await page.locator('.peer-name').innerText()).toBe('Ben Okafor');
  await page.getByText('Ben Okafor is writing here too').waitFor();
  // What came first is not known here yet: the push is rejected, moved over it and pushed again.
  shared.other(0, 'A ');
  await page.keyboard.type('!');
  await expect.poll(() => shared.text).toBe('A zero one\ntwo three!');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Control+z');
  await expect.poll(() => shared.text).toBe('A zero one\ntwo');
  await expect
    .poll(() => (asked('text_presence').at(-1) as { selection: unknown }).selection)
    .toEqual([14, 14]);
  expect(await editor().getAttribute('spellcheck')).toBe('true');
});

it('news of the runbook leave the text and its cursor alone', async () => {
  const shared = texts('');
  say(shared.answers);
  await page.goto(mock.url + book);
  await page.getByText('Checkout takes orders.').waitFor();
  await page.keyboard.press('e');
  await editor().waitFor();
  for (const word of ['Look ', 'at ', 'the ', 'lag']) {
    await page.keyboard.type(word);
    const asked = page.waitForResponse('**/call/runbook');
    mock.tell({ topic: 'runbook', runbook: l.RUNBOOK });
    await asked;
  }
  await expect.poll(() => shared.text).toBe('Look at the lag');
  expect(mock.asked.filter((a) => a.name === 'text_open')).toHaveLength(1);
});

it('Escape leaves the text and then the runbook; nothing is lost on the way', async () => {
  const shared = texts('one');
  say({ ...shared.answers, text_push: () => ({ code: 'store', words: 'The disk is full.' }) });
  await page.goto(mock.url + book);
  await page.getByText('Checkout takes orders.').waitFor();
  await page.keyboard.press('e');
  await editor().waitFor();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' kept');
  await page.getByText('The disk is full.').waitFor();
  await page.keyboard.press('Escape');
  expect(page.url()).toContain(l.RUNBOOK);
  await page.keyboard.press('Escape');
  await editor().waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Runbooks' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Checkout takes orders.').waitFor();
  await page.keyboard.press('e');
  await expect.poll(() => editor().innerText()).toContain('one kept');
  say(shared.answers);
  await expect.poll(() => shared.text).toBe('one kept');
});

it('a runbook is made, given a service, reviewed and archived', async () => {
  say({ runbook_create: () => l.RUNBOOK });
  await page.goto(`${mock.url}#/runbooks`);
  await page.getByText('Without a runbook: Search and Web shop').waitFor();
  await page.getByText('review due: last 131 days ago').waitFor();
  await page.getByText('never reviewed').waitFor();
  await page.keyboard.press('n');
  await page.keyboard.type('Search is empty');
  await page.keyboard.press('Enter');
  await page.getByText('Checkout takes orders.').waitFor();
  await page.getByLabel('Service', { exact: true }).selectOption('search');
  await page.getByRole('button', { name: 'I have reviewed it' }).click();
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await expect.poll(() => asked('record_set').length).toBe(2);
  expect(asked('runbook_reviewed')).toEqual([{ runbook: l.RUNBOOK, digest: 'd1' }]);
  expect((asked('record_set') as { field: string; value: unknown }[]).map((s) => [s.field, s.value])).toEqual(
    [
      ['service', 'search'],
      ['archived', true],
    ],
  );
});
