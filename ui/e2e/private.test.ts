import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser, accessibility } from './browser';
import { World } from './world';

/** Private incidents on the real server: three people, and who of them sees what. Told in order. */
let world: World;
let browser: Browser;
let ana: Page;
let ben: Page;
let eve: Page;
const errors: string[] = [];
const PICTURES = fileURLToPath(new URL('../../target/screens/', import.meta.url));
const SOON = { timeout: 30_000 };

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  world = await World.server();
  browser = await Browser.start();
  const window = async (name: string): Promise<Page> => {
    const desktop = await world.desktop(name, `${name}@example.com`);
    const page = await browser.window(errors);
    await page.setViewportSize({ width: 1000, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.goto(desktop.window);
    await page.getByText(/^Connected to/).waitFor(SOON);
    return page;
  };
  ana = await window('ana');
  ben = await window('ben');
  eve = await window('eve');
});
afterAll(async () => {
  await browser?.stop();
  await world?.stop();
});

const input = (page: Page) => page.getByLabel(/^New entry/);
const line = (page: Page, text: string): Locator => page.locator('.entry').filter({ hasText: text });
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });
const listed = (page: Page, name: RegExp) => page.getByRole('option', { name });
const seers = (page: Page) => page.getByRole('region', { name: 'Who can see this' });
const picture = (page: Page, name: string) => page.screenshot({ path: `${PICTURES}real-${name}.png` });

async function go(page: Page, ...keys: string[]): Promise<void> {
  await page.bringToFront();
  for (const key of keys) await page.keyboard.press(key);
}
async function write(page: Page, said: string): Promise<void> {
  await input(page).fill(said);
  await input(page).press('Enter');
  await line(page, said).waitFor();
}
async function declare(page: Page, title: string): Promise<void> {
  await go(page, 'c');
  await page.getByLabel('What is wrong?').fill(title);
  await page.getByLabel('What is wrong?').press('Enter');
  await heading(page, title).waitFor();
}
async function clean(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await accessibility(page)).toEqual([]);
  }
}
/** Changes who sees it: checks and unchecks these people, and says why. */
async function change(page: Page, names: string[], reason: string): Promise<void> {
  await page.bringToFront();
  await seers(page)
    .getByRole('button', { name: /^Change/ })
    .click();
  for (const name of names) await page.getByRole('checkbox', { name }).click();
  await page.getByLabel('Why? It stands in the timeline.').fill(reason);
  await clean(page);
  await page.keyboard.press('Control+Enter');
}
async function findsNothing(page: Page, said: string): Promise<void> {
  await go(page, 'Escape', '/');
  await page.getByLabel('Search everything').fill(said);
  await page.getByText(`Nothing was found for “${said}”.`).first().waitFor(SOON);
}

it('declared privately, it is seen by who was named and by nobody else', async () => {
  await go(ben, 'g', 'i');
  await go(eve, 'g', 'i');
  await go(ana, 'c');
  await ana.getByLabel('What is wrong?').fill('Payroll was sent to everybody');
  await ana.getByText('The team sees it at once.').waitFor();
  await ana.getByRole('checkbox', { name: /^Private/ }).check();
  await ana.getByText('Nobody else hears of it.').waitFor();
  await ana.getByRole('checkbox', { name: 'Ben Okafor' }).check();
  await clean(ana);
  await picture(ana, 'private-declare');
  await ana.getByLabel('What is wrong?').press('Enter');
  await heading(ana, 'Payroll was sent to everybody').waitFor();
  await seers(ana).getByText('Ben Okafor').waitFor(SOON);
  await write(ana, 'the attachment has 40 salaries');
  await declare(ben, 'Search is slow');

  await go(ben, 'Escape', 'g', 'i');
  await listed(ben, /Private.*Payroll was sent/).waitFor(SOON);
  await listed(ben, /Payroll was sent/).click();
  await line(ben, 'the attachment has 40 salaries').waitFor(SOON);
  await ben.getByText('Ana Ruiz made it private. Those who can see it: Ana Ruiz and you').waitFor();
  await clean(ben);
  await picture(ben, 'private-incident');
  // What came after it has come: so would it have.
  await listed(eve, /Search is slow/).waitFor(SOON);
  expect(await listed(eve, /Payroll/).count()).toBe(0);
  await eve.getByRole('button', { name: 'Open 1', exact: true }).waitFor();
  await clean(eve);
});

it('whoever is removed while looking at it is told so, and has nothing left of it', async () => {
  await change(ana, ['Ben Okafor'], 'only those who handle it');
  await ana.getByText('You changed who can see it: removed Ben Okafor').waitFor(SOON);
  await ana.getByText('only those who handle it').waitFor();
  await ben.getByText('You can no longer see this incident.').waitFor(SOON);
  expect(await ben.getByText('salaries').count()).toBe(0);
  expect(await ben.getByText('Payroll').count()).toBe(0);
  await clean(ben);
  await picture(ben, 'private-gone');
  await go(ben, 'Escape');
  await listed(ben, /Search is slow/).waitFor();
  // The list is asked again as soon as it is gone.
  await expect.poll(() => listed(ben, /Payroll/).count()).toBe(0);
  await findsNothing(ben, 'salaries');
  await go(ben, 'Escape', 'g', 'h');
  expect(await ben.getByText('Payroll').count()).toBe(0);
});

it('whoever is added gets everything that was ever written in it', async () => {
  await write(ana, 'the mail was called back');
  await change(ana, ['Eve Lindqvist'], 'she talks to those concerned');
  await listed(eve, /Private.*Payroll was sent/).waitFor(SOON);
  await listed(eve, /Payroll was sent/).click();
  await line(eve, 'the attachment has 40 salaries').waitFor(SOON);
  await line(eve, 'the mail was called back').waitFor(SOON);
  await eve.getByText('she talks to those concerned').waitFor();
});

it('made public, the whole team sees it; made private again, the others lose it', async () => {
  await ana.bringToFront();
  await seers(ana)
    .getByRole('button', { name: /^Change/ })
    .click();
  await ana.getByRole('radio', { name: /^The whole team/ }).check();
  await ana.getByLabel('Why? It stands in the timeline.').fill('it was told to everybody');
  await picture(ana, 'private-public');
  await ana.keyboard.press('Control+Enter');
  await go(ben, 'g', 'i');
  await listed(ben, /Payroll was sent/).click(SOON);
  await line(ben, 'the attachment has 40 salaries').waitFor(SOON);
  expect(await ben.getByText('Private', { exact: true }).count()).toBe(0);
  await seers(ben).getByText('The whole team').waitFor();

  await seers(ana)
    .getByRole('button', { name: /^Change/ })
    .click();
  await ana.getByRole('radio', { name: /^Only these people/ }).check();
  await ana.getByLabel('Why? It stands in the timeline.').fill('after all');
  await ana.keyboard.press('Control+Enter');
  for (const page of [ben, eve]) await page.getByText('You can no longer see this incident.').waitFor(SOON);
});

it('nothing went wrong on the way', () => {
  expect(errors).toEqual([]);
});
