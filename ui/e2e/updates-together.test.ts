import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser, accessibility } from './browser';
import { World } from './world';

/** Updates of a real incident, on the real server: written by one, read by the other, connected or not. Told in order. */
let world: World;
let browser: Browser;
let ana: Page;
let ben: Page;
const errors: string[] = [];
const PICTURES = fileURLToPath(new URL('../../target/screens/', import.meta.url));
const SOON = { timeout: 30_000 };
const LATER = { timeout: 60_000 };

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
    return page;
  };
  ana = await window('ana');
  ben = await window('ben');
  for (const page of [ana, ben]) await page.getByText(/^Connected to/).waitFor(SOON);
});
afterAll(async () => {
  await browser?.stop();
  await world?.stop();
});

const picture = (page: Page, name: string) => page.screenshot({ path: `${PICTURES}real-${name}.png` });
const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const closed = (page: Page) => page.getByRole('dialog').waitFor({ state: 'detached' });
const sent = (page: Page) => page.locator('.update');
async function press(page: Page, ...keys: string[]): Promise<void> {
  await page.bringToFront();
  for (const key of keys) await page.keyboard.press(key);
}
/** `u`, and the cursor is where one writes. */
async function compose(page: Page): Promise<void> {
  await press(page, 'u');
  await page.getByRole('dialog', { name: /^Status update/ }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
}

it('Ana declares a SEV1; both see when the first update is due', async () => {
  await press(ana, 'c');
  await ana.getByText('The team sees it at once.').waitFor();
  await ana.keyboard.type('Checkout is down');
  await ana.keyboard.press('Alt+1');
  await ana.getByLabel('Payments API').check();
  await ana.getByLabel('What is wrong?').press('Enter');
  await ana.getByText(/next update in 1[45] min/).waitFor();
  await press(ben, 'g', 'i');
  await ben.getByRole('option', { name: /Checkout is down/ }).click(SOON);
  await ben.getByText(/next update in 1[45] min/).waitFor(SOON);
  await ana.getByText('#1', { exact: true }).waitFor(SOON);
});

/** What users experience still names Ben and a service: the first press says so, the second sends it. */
async function sendMarked(page: Page): Promise<void> {
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('“Ben Okafor” and “payments-api”').waitFor();
  await page.keyboard.press('Control+Enter');
}

it('without the network she writes one with a status; Ben sees nothing until the team is reached', async () => {
  const restart = await world.stopServer();
  for (const page of [ana, ben]) await page.getByText(/^Working offline since/).waitFor(SOON);
  await compose(ana);
  await ana.keyboard.type('Paying by card fails; Ben Okafor looks at payments-api.');
  await ana
    .getByText(/6 places to look at in the text for public, customers and support and sales/)
    .waitFor();
  await picture(ana, 'update-findings');
  expect(await ana.locator('[data-audience=public] .found').allInnerTexts()).toEqual([
    'Ben Okafor',
    'payments-api',
  ]);
  const outside = ['public', 'customers', 'support and sales'];
  for (const audience of outside) {
    await field(ana, `Text for ${audience}`).focus();
    for (const left of [1, 0]) {
      await ana.keyboard.press('Control+.');
      await expect
        .poll(() => ana.locator(`[data-audience=${audience.replaceAll(' ', '_')}] .found`).count())
        .toBe(left);
    }
  }
  await ana.keyboard.press('Alt+2');
  await ana.getByText('Until then nobody sees it.').waitFor();
  // The texts written by hand do not know of the status.
  await expect.poll(() => ana.getByText('this text has not').count()).toBe(3);
  for (const audience of outside)
    await field(ana, `Text for ${audience}`).fill(
      'Checkout is down: identified. Paying by card fails; our team is on it.',
    );
  await ana.getByRole('button', { name: /^Send to 5 audiences and set to identified/ }).waitFor();
  expect(await accessibility(ana)).toEqual([]);
  await picture(ana, 'update-offline');
  await ana.keyboard.press('Control+Enter');
  await closed(ana);
  await ana.getByText(/send an update · asked/).waitFor();
  expect(await sent(ana).count()).toBe(0);
  expect(await sent(ben).count()).toBe(0);

  await compose(ana);
  await ana.getByText(/waits for the team; this one goes out after it/).waitFor();
  expect(await field(ana, 'What users experience').inputValue()).toContain('Paying by card fails');
  await ana.keyboard.press('Escape');
  await closed(ana);

  await restart();
  for (const page of [ana, ben]) {
    await page.getByText(/^Connected to/).waitFor(LATER);
    await sent(page).waitFor(LATER);
    await page.getByRole('button', { name: /^Status identified/ }).waitFor(SOON);
  }
  await ben.getByText('Ana Ruiz sent an update to public, customers').waitFor();
  await ben.getByRole('tab', { name: 'internal' }).click();
  await sent(ben).getByText('Ben Okafor looks at payments-api').waitFor();
  await ben.getByRole('tab', { name: 'public' }).click();
  await sent(ben).getByText('our team is on it').waitFor();
  await ben.getByText(/next update in 1\d min/).waitFor();
  expect(await accessibility(ben)).toEqual([]);
  await picture(ben, 'update-read');
});

it('Ben writes while Ana sends another: he hears of it, and loses nothing', async () => {
  await compose(ben);
  await ben.keyboard.type('One bank is affected.');
  await compose(ana);
  await ana.keyboard.type('Two banks are affected.');
  await sendMarked(ana);
  await closed(ana);
  await ben
    .getByRole('dialog')
    .getByText(/^Ana Ruiz sent an update/)
    .waitFor(SOON);
  expect(await field(ben, 'What we know').inputValue()).toContain('One bank is affected.');
  await picture(ben, 'update-meanwhile');
  await ben.getByRole('button', { name: 'Begin from their words' }).click();
  await expect.poll(() => field(ben, 'What we know').inputValue()).toContain('Two banks are affected.');
  await ben.getByRole('button', { name: 'Back to mine' }).click();
  await expect.poll(() => field(ben, 'What we know').inputValue()).toContain('One bank is affected.');
  await ben.keyboard.press('Escape');
  await closed(ben);
});

it('Ana corrects her update: the first version stays, and is marked', async () => {
  await ana.getByRole('button', { name: 'Correct the update of you' }).first().click();
  await ana.getByText(/Takes the place of what you sent/).waitFor();
  await ana.getByText('A correction moves neither the status', { exact: false }).waitFor();
  await expect.poll(() => field(ana, 'Text for public').inputValue()).toContain('our team is on it');
  await field(ana, 'Text for public').fill(
    'Checkout is down: identified. Paying by card fails for one bank.',
  );
  await ana.keyboard.press('Control+Enter');
  await closed(ana);
  await ben.getByText('Ana Ruiz sent a correction to', { exact: false }).waitFor(SOON);
  await sent(ben).getByText('fails for one bank').waitFor();
  await expect.poll(() => ben.getByText('corrected later').count()).toBe(1);
  await ben.getByRole('button', { name: /^Status identified/ }).waitFor();
  await picture(ben, 'update-corrected');
});

it('nothing is new: taken back it is never sent, and left alone it is', async () => {
  const before = await sent(ana).count();
  await press(ana, 'n');
  await ana.getByText(/“Nothing is new” in \d s/).waitFor();
  await press(ana, 'z');
  await ana.getByRole('status').getByText('Taken back: nothing was sent.').waitFor();
  await press(ana, 'n');
  await ana.getByText(/“Nothing is new” in \d s/).waitFor();
  await sent(ben).getByText('There is nothing new yet; we are still on it.').first().waitFor(SOON);
  await expect.poll(() => sent(ana).count(), SOON).toBe(before + 1);
  expect(await sent(ben).count()).toBe(before + 1);
});

it('the final update resolves it for both, with what happened', async () => {
  await compose(ana);
  await ana.keyboard.press('Alt+4');
  await field(ana, 'What happened').fill('A release refused valid cards.');
  await field(ana, 'How it was fixed').fill('The earlier version is back.');
  await expect
    .poll(() => field(ana, 'Text for internal').inputValue())
    .toContain('The earlier version is back.');
  await ana.getByRole('button', { name: /^Send to 5 audiences and resolve/ }).waitFor();
  await picture(ana, 'update-final');
  await sendMarked(ana);
  await closed(ana);
  for (const page of [ana, ben]) {
    await page.getByRole('button', { name: /^Status resolved/ }).waitFor(SOON);
    await page.getByText('no update due').waitFor();
  }
  await sent(ben).getByText('What happened: A release refused valid cards.').first().waitFor();
});

it('nothing went wrong on the way', () => {
  expect(errors).toEqual([]);
});
