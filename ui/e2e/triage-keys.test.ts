import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';

/** Triage by keys alone, on a core that says what it is told to say. */
let mock: Mock;
let browser: Browser;
let page: Page;
const asked = (name: string) => mock.asked.filter((a) => a.name === name).map((a) => a.args);

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
  page = await browser.window([]);
});
afterEach(() => page.close());

it('triage begins at its first question: four keys are enough for a severity', async () => {
  mock.answers.triage_suggest = () => ({
    severity: 'SEV1',
    reasons: ['All or most users cannot do what they came for.'],
  });
  await page.goto(`${mock.url}#/triage`);
  await page.getByRole('radio', { name: /^Wide/ }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('value'))).toBe('wide');
  for (const key of ['Space', 'Tab', 'Tab', 'Space']) await page.keyboard.press(key);
  await page.getByText('All or most users cannot').waitFor();
  expect(asked('triage_suggest').at(-1)).toMatchObject({ answers: { scope: 'wide', impact: 'high' } });
});
