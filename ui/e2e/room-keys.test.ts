import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';
import { room } from './room';

/** The room of an incident by keys alone, on a core that says what it is told to say. */
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

it('whoever writes the postmortem is named by x, a few letters and Enter', async () => {
  mock.answers.incident = () => l.detail(l.checkout, { room: room({ next: [{ do: 'name_author' }] }) });
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByText('Name who writes the postmortem').waitFor();
  await page.keyboard.press('x');
  await page.getByRole('option', { name: 'Ben Okafor' }).waitFor();
  await page.keyboard.type('ben');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect
    .poll(() => asked('room_set'))
    .toEqual([{ incident: l.CHECKOUT, change: { what: 'postmortem_owner', person: 'ben' } }]);
});
