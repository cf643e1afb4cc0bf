import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';

/** Somebody writes into a timeline faster than the core writes it down. */
let mock: Mock;
let browser: Browser;
let page: Page;
/** Answers what waits: null takes it, words refuse it. */
let answers: ((words: string | null) => void)[];
const input = () => page.getByLabel(/^New entry/);
const line = (text: string) => page.locator('.entry').filter({ hasText: text });
const said = () =>
  mock.asked.flatMap(({ name, args }) => (name === 'entry_add' ? [(args as { text: string }).text] : []));

beforeAll(async () => {
  mock = await Mock.start();
  browser = await Browser.start();
});
afterAll(async () => {
  await browser?.stop();
  mock?.stop();
});
afterEach(() => page.close());
beforeEach(async () => {
  answers = [];
  mock.asked.length = 0;
  mock.answers = {
    state: () => f.state({}),
    ...l.answers(),
    entry_add: () =>
      new Promise((done) => {
        answers.push((words) => done(words === null ? f.PAGE : { code: 'refused', words }));
      }),
  };
  page = await browser.window([]);
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await input().waitFor();
  await page.keyboard.press('w');
  await page.keyboard.type('found: one pod restarts');
  await page.keyboard.press('Enter');
  await line('one pod restarts').waitFor();
});

it('what is typed before the answer stays, and is said after it', async () => {
  await page.keyboard.type('theory: it has no memory left');
  await page.keyboard.press('Enter');
  await line('it has no memory left').waitFor();
  await page.keyboard.type('half a');
  expect(said()).toEqual(['one pod restarts']);
  answers.shift()?.(null);
  await expect.poll(said).toEqual(['one pod restarts', 'it has no memory left']);
  answers.shift()?.(null);
  await page.keyboard.type(' thought');
  await expect.poll(() => line('it has no memory left').count()).toBe(0);
  expect(await input().inputValue()).toBe('half a thought');
});

it('what was refused is there again, before what was typed meanwhile', async () => {
  await page.keyboard.type('half a thought');
  answers.shift()?.('The disk is full.');
  await page.getByText('The disk is full.').waitFor();
  expect(await input().inputValue()).toBe('one pod restarts\nhalf a thought');
});

it('whoever left the field before the answer is not taken back to it', async () => {
  await page.keyboard.press('Escape');
  answers.shift()?.(null);
  await expect.poll(() => line('one pod restarts').count()).toBe(0);
  await page.keyboard.press('m');
  await page.getByRole('dialog').waitFor();
  expect(await input().inputValue()).toBe('');
});

it('L says every time of the room in UTC, those beside the timeline too, and again as they were', async () => {
  await page.keyboard.press('Escape');
  const room = page.getByRole('article', { name: 'Checkout is down' });
  // What people wrote stays as they wrote it.
  const times = async () => (await room.innerText()).match(/\b(?!02:02)\d\d:\d\d\b/g)?.length ?? 0;
  const inUtc = async () => (await room.innerText()).match(/\b\d\d:\d\dZ/g)?.length ?? 0;
  await page.getByRole('complementary').getByText('Ben Okafor').first().waitFor();
  const before = await times();
  expect([before > 3, await inUtc()]).toEqual([true, 0]);
  await page.keyboard.press('l');
  await expect.poll(inUtc).toBe(before);
  expect(await times(), 'none is left in another zone').toBe(0);
  expect(await page.getByRole('complementary').innerText()).toMatch(/\d\d:\d\dZ/);
  await page.keyboard.press('l');
  await expect.poll(inUtc).toBe(0);
});
