import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser, accessibility } from './browser';
import { World } from './world';

/** The window on the real core of a desktop and the real server: one night, told in order. */
let world: World;
let browser: Browser;
let page: Page;
let pager: Page;
const errors: string[] = [];

beforeAll(async () => {
  world = await World.start();
  browser = await Browser.start();
  page = await browser.window(errors);
  pager = await browser.window(errors);
  await pager.setViewportSize({ width: 420, height: 480 });
  await page.setViewportSize({ width: 1000, height: 700 });
});
afterAll(async () => {
  await browser?.stop();
  await world?.stop();
});

async function clean(where: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await where.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await accessibility(where)).toEqual([]);
  }
}

it('Ana pastes a wrong link, is told what is wrong, and keeps what she typed', async () => {
  await page.goto(world.window);
  await page.getByText('Join your team').waitFor();
  await page.getByLabel('What do you call this computer?').fill("Ana's laptop");
  await page.getByLabel('Invite link').fill('hello');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('This is not an invite link').waitFor();

  const unknown = `firebell://join?server=${encodeURIComponent(world.server)}&token=${'x'.repeat(43)}`;
  await page.getByLabel('Invite link').fill(unknown);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.locator('[aria-invalid="true"]').waitFor();
  expect(await page.getByLabel('Invite link').inputValue()).toBe(unknown);
  expect(await page.getByLabel('What do you call this computer?').inputValue()).toBe("Ana's laptop");
  await clean(page);
});

it('she joins with her invite and sees that she is on call and reachable', async () => {
  await page.getByLabel('Invite link').fill(world.invite('ana@example.com'));
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('heading', { name: 'You are on call' }).waitFor();
  await page.getByText('You can be paged on this computer').waitFor();
  await page.getByText('No page is open.').waitFor();
  await page.getByText(/^Connected to/).waitFor();
  await clean(page);
});

it('an alert fires: the page is on her screen and rings', async () => {
  await pager.goto(`${world.window}#/pager`);
  await pager.getByText('Nothing rings for you.').waitFor();
  await world.alert({ title: 'Error rate 12.4 % on checkout', dedup_key: 'checkout', region: 'eu-1' });
  await pager.getByRole('heading', { name: 'Error rate 12.4 % on checkout' }).waitFor();
  await pager.getByText(/^ringing 0:/).waitFor();
  await pager.getByText('Ben Okafor', { exact: false }).first().waitFor();
  await page.getByText('ringing you').first().waitFor();
  await clean(pager);
});

it('a letter typed as the window comes up acknowledges nothing', async () => {
  await pager.bringToFront();
  await pager.evaluate(() => {
    dispatchEvent(new Event('focus'));
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true, cancelable: true }));
  });
  await pager.getByText('Not yet: keys count after a moment').waitFor();
  expect(await pager.getByText('The ringing has stopped').count()).toBe(0);
  await pager.getByText(/^Connected to/).waitFor();
  await pager.evaluate(() => {
    const held = { key: 'a', repeat: true, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new KeyboardEvent('keydown', held));
  });
  await pager.getByText('A held key does nothing here').waitFor();
  expect(await pager.getByRole('button', { name: 'Acknowledge' }).count()).toBe(1);
});

it('one key acknowledges, and everything agrees', async () => {
  await pager.keyboard.press('a');
  await pager.getByText('The ringing has stopped for everybody.').waitFor();
  await page.getByText('You have it').first().waitFor();
  await clean(pager);
});

it('the history tells how it went, device by device', async () => {
  await page.bringToFront();
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('option', { name: /Error rate/ }).waitFor();
  await page.getByText('You acknowledged in the pager window').waitFor();
  await page.getByText('Rang you (step 1)').waitFor();
  await page.getByText("Ana's laptop").first().waitFor();
  await page
    .getByText(/^delivered/)
    .first()
    .waitFor();
  await page.getByText('Error rate 12.4 % on checkout').last().click();
  await page.getByText('"region": "eu-1"').waitFor();
  await clean(page);
});

it('she notes what she does; a letter in the field is only a letter', async () => {
  await page.keyboard.press('n');
  await page.getByLabel('Note for the page’s history').waitFor();
  await page.keyboard.type('exa <b>rolled back</b>');
  await page.keyboard.press('Control+Enter');
  await page.getByText('exa <b>rolled back</b>').waitFor();
  expect(await page.getByText('Resolve this page?').count()).toBe(0);
});

it('what she typed is still there when she comes back to it', async () => {
  await page.keyboard.press('n');
  await page.keyboard.type('half a thought');
  await page.keyboard.press('Escape');
  for (const key of ['g', 'h', 'g', 'p']) await page.keyboard.press(key);
  await page.getByText('You noted').waitFor();
  await page.keyboard.press('n');
  await expect.poll(() => page.getByLabel('Note for the page’s history').inputValue()).toBe('half a thought');
  await page.keyboard.press('Escape');
});

it('she resolves it, and finds it among the ended ones', async () => {
  await page.keyboard.press('x');
  await page.getByText('Resolve: it ends for everybody').click();
  await page.getByText('Ended (1)').waitFor();
  await page.getByText('You resolved it').waitFor();
  await clean(page);
});

it('the network goes: what she asks is shown as not yet known to the team, and gets through later', async () => {
  await world.alert({ title: 'Queue grows', dedup_key: 'queue', service: 'search' });
  await page.getByRole('option', { name: /Queue grows/ }).click();
  await page.getByText('ringing you').first().waitFor();
  const restart = await world.stopServer();
  await page.getByText(/^Working offline since/).waitFor();
  await page.keyboard.press('a');
  await page.getByText('not yet known to the team').first().waitFor();
  await page.getByText('1 request not yet known to the team').waitFor();
  await clean(page);
  await restart();
  await page.getByText(/^Connected to/).waitFor({ timeout: 60_000 });
  await page.getByText('You acknowledged in Firebell').waitFor({ timeout: 60_000 });
  expect(await page.getByText('not yet known to the team').count()).toBe(0);
});

it('settings: she hears the sound, adds a channel, sets and ends a silence, and reads the diagnoses', async () => {
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByLabel('Alarm').waitFor();
  await page.getByRole('button', { name: 'Play it' }).click();
  await clean(page);

  await page.getByRole('link', { name: 'Channels' }).click();
  await page.getByText('No other channel yet.').waitFor();
  await page.getByLabel('Topic address').fill('https://ntfy.example/ana-7f3k');
  await page.getByRole('button', { name: 'Add channel' }).click();
  await page.getByText('https://ntfy.example/ana-7f3k').waitFor();
  await clean(page);

  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByText('this computer', { exact: true }).waitFor();
  await clean(page);

  await page.getByRole('link', { name: 'Silences' }).click();
  await page.getByLabel('Reason').fill('Database upgrade');
  await page.getByRole('button', { name: 'Start the silence' }).click();
  await page.getByText('Database upgrade · by you').waitFor();
  await clean(page);
  await page.getByRole('button', { name: 'End now' }).click();
  await page.getByText('No silence is set.').waitFor();

  await page.getByRole('link', { name: 'Diagnostics' }).click();
  await page.getByText('Keychain', { exact: true }).waitFor();
  await clean(page);

  await page.getByRole('link', { name: 'Appearance' }).click();
  await page.getByLabel('Light').check();
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
});

it('nothing went wrong on the way', () => {
  // While the server was away nothing of the window itself failed.
  expect(errors).toEqual([]);
});
