import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Commands } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock, type Answers } from './mock';
import * as u from './update';

/** That nothing is new, said in one key; on a core that fills in its templates and says what it is told to say. */
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
  kept.clear();
  say();
  page = await browser.window(errors);
  await page.setViewportSize({ width: 1000, height: 700 });
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

const kept = new Map<string, string>();
type Core = Parameters<typeof u.compose>[1];
function say(core: Core = {}, more: Answers = {}): void {
  mock.answers = {
    state: () => f.state(),
    pages_ended: () => [],
    channels: () => f.channels,
    devices: () => f.devices,
    ...l.answers(),
    typed_all: () => Object.fromEntries(kept),
    typed_keep: ({ form, words }) => {
      kept.set(form, words);
      return null;
    },
    update_compose: (args) => u.compose(args, core),
    update_send: () => null,
    ...more,
  };
}
const asked = <N extends keyof Commands>(name: N) =>
  mock.asked.filter((a) => a.name === name).map((a) => a.args as Commands[N]['args']);

it('nothing is new: one key, a moment to take it back, and what came of it', async () => {
  let at: string | null = null;
  say(
    {},
    {
      incident: () => l.detail(l.checkout, { no_news_at: at }),
      no_news: () => (at = f.at(5)),
      no_news_undo: () => {
        at = null;
        return true;
      },
    },
  );
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByText(/next update in/).waitFor();
  await page.keyboard.press('n');
  await expect.poll(() => asked('no_news').length).toBe(1);
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByText(/“Nothing is new” in/).waitFor();
  await page.getByRole('status').getByText('Z takes it back').waitFor();
  await page.keyboard.press('n');
  await page.keyboard.press('z');
  await page.getByRole('status').getByText('Taken back: nothing was sent.').waitFor();
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await expect.poll(() => page.getByText(/“Nothing is new” in/).count()).toBe(0);
  expect([asked('no_news').length, asked('no_news_undo').length]).toEqual([1, 1]);
});

it('nothing is new, refused: it says what to do instead', async () => {
  say(
    {},
    {
      no_news: () => ({
        code: 'refused',
        words: 'Nobody is told of this severity by itself. Write an update instead.',
      }),
    },
  );
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByText(/next update in/).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('status').getByText('Write an update instead.').waitFor();
});

it('nothing is new, and it did not go out: that comes back in words until it is read', async () => {
  let unsent: string | null = null;
  say(
    {},
    {
      incident: () => l.detail(l.checkout, { no_news_unsent: unsent }),
      no_news: () => f.at(5),
      no_news_seen: () => {
        unsent = null;
        return null;
      },
    },
  );
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByText(/next update in/).waitFor();
  unsent = 'You can no longer see this incident.';
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByRole('status').getByText('“Nothing is new” was not sent. You can no longer').waitFor();
  await page.keyboard.press('z');
  await expect.poll(() => asked('no_news_seen').length).toBe(1);
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByText(/next update in/).waitFor();
});
