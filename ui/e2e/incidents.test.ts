import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Browser } from './browser';
import { Lived } from './history';

/** The list of incidents of a computer that has seen ten thousand, on the real core. Told in order. */
const INCIDENTS = 10_000;
let lived: Lived;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  // Most are open: it takes half the time to make them, and the list has more to put in order.
  lived = await Lived.with(INCIDENTS, 0, (i) => i % 50 === 0);
  browser = await Browser.start();
  page = await browser.window(errors);
  await page.setViewportSize({ width: 1440, height: 900 });
}, 600_000);
afterAll(async () => {
  await browser?.stop();
  await lived?.stop();
});
afterEach(() => expect(errors).toEqual([]));

const shown = (of: string) => page.getByText(of, { exact: true }).waitFor({ state: 'attached' });

it('open ones come first, the latest first, and only what can be seen is drawn', async () => {
  await page.goto(`${lived.window}#/incidents`);
  await page.getByRole('button', { name: 'Open 9,800' }).waitFor();
  await page.getByRole('option').first().getByText('case 10000').waitFor();
  await page.keyboard.press('2');
  await shown('10,000 of 10,000');
  const first = page.getByRole('option').first();
  await first.getByText('case 10000').waitFor();
  expect(await page.getByRole('option').count()).toBeLessThan(60);
  await page.getByRole('listbox').evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
  const last = page.getByRole('option').last();
  await last.getByText(/case \d+/).waitFor();
  await last.getByText('resolved').waitFor();
  expect(await last.getAttribute('aria-posinset')).toBe('10000');
});

it('it is narrowed down with the keyboard, and what narrows it down can be dropped again', async () => {
  await page.keyboard.press('f');
  await page.keyboard.type('database ord');
  // Every seventh.
  await shown('1,429 of 10,000');
  await page.getByRole('button', { name: 'SEV1' }).press('Enter');
  await shown('358 of 10,000');
  await page.getByLabel('Status', { exact: true }).selectOption('resolved');
  await shown('15 of 10,000');
  await page.getByRole('button', { name: 'Drop: SEV1, critical' }).press('Enter');
  await shown('29 of 10,000');
});

it('a view outlives the window and the program', async () => {
  await page.getByRole('button', { name: 'Save as a view' }).press('Enter');
  await page.keyboard.type('Orders, over');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Orders, over 29' }).waitFor();
  // What was typed is with the core after a moment's pause; its own list says when.
  await expect.poll(() => lived.typed('views:incidents'), { timeout: 10_000 }).toContain('Orders, over');
  await page.goto('about:blank');
  await lived.restart();
  await page.goto(`${lived.window}#/incidents`);
  await page.getByRole('button', { name: 'Orders, over 29' }).waitFor();
  await page.keyboard.press('3');
  await shown('29 of 10,000');
});

it('the view is saved to a file that a spreadsheet reads', async () => {
  await page.keyboard.press('x');
  await page.getByText('29 incidents, as the list is filtered now').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(/29 incidents saved to .*incidents-.*\.csv/).waitFor();
  const [name] = readdirSync(lived.downloads);
  const lines = readFileSync(join(lived.downloads, name ?? ''), 'utf8').split('\r\n');
  expect(lines[0]).toMatch(/^number,id,title,impact,severity,status,/);
  expect(lines.filter((line) => line.includes('Database of orders')).length).toBe(29);
  expect(lines.length).toBe(31);
});

it('an incident that is opened and left is where it was', async () => {
  await page.keyboard.press('Escape');
  await page.keyboard.press('2');
  await shown('10,000 of 10,000');
  for (let i = 0; i < 120; i++) await page.keyboard.press('j');
  const chosen = page.locator('[role=option][aria-selected=true]');
  await chosen.getByText(/case \d+/).waitFor();
  expect(await chosen.getAttribute('aria-posinset')).toBe('121');
  const title = (await chosen.locator('.cut').innerText()).trim();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: title }).waitFor();
  await page.keyboard.press('Escape');
  await chosen.getByText(title).waitFor();
});
