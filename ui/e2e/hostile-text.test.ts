import { readFileSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Browser } from './browser';
import { call } from './history';
import { World } from './world';

/** Somebody writes what is meant to do harm, or pastes far too much, into a postmortem: the real core and server. */
let world: World;
let browser: Browser;
let page: Page;
let core = '';
let incident = '';
const errors: string[] = [];
const asked: string[] = [];
const SOON = { timeout: 60_000 };

const IMAGE = '<img src=x onerror="window.pwned=1">';
const HOSTILE = [
  '<script>window.pwned=1</script>',
  IMAGE,
  '<svg onload="window.pwned=1"><a xlink:href="javascript:window.pwned=1">x</a></svg>',
  '[look here](javascript:window.pwned=1) and [here](data:text/html,<script>parent.pwned=1</script>)',
  '![a picture](https://tracker.example/pixel.png)',
  '<style>body{display:none}</style><base href="https://evil.example/">',
  '`</code><script>window.pwned=1</script>`',
  '\u202Eesrever si siht\u202C and zero\u200Bwidth\uFEFF and a\u0301\u0301\u0301\u0301\u0301 and שלום',
  '| a | b |\n|---|---|\n| <iframe src="https://evil.example"></iframe> | 2 |',
].join('\n\n');

beforeAll(async () => {
  world = await World.server();
  core = (await world.desktop('ana', 'ana@example.com')).window;
  await vi.waitUntil(async () => (await call(core, 'sync_state', {})).connected, SOON);
  incident = await call(core, 'incident_declare', {
    declaration: {
      title: `Checkout ${IMAGE}`,
      severity: 'SEV1',
      services: [],
      detection: null,
      detected_at: null,
      page: null,
    },
    people: null,
  });
  await call(core, 'entry_add', {
    incident,
    kind: 'found',
    text: `${IMAGE} in a line`,
    reason: null,
    at: null,
    corrects: null,
  });
  await call(core, 'incident_ask', { incident, command: { do: 'set_status', to: 'resolved' } });
  await vi.waitUntil(
    async () => (await call(core, 'incident_row', { incident })).incident.status === 'resolved',
    SOON,
  );
  const document = `postmortem/${incident}#summary`;
  const { version, text } = await call(core, 'text_open', { document });
  expect(text).toBe('');
  const changes = [[0, ...HOSTILE.split('\n')]];
  expect(await call(core, 'text_push', { document, version, updates: [{ client: 'x', changes }] })).toBe(
    true,
  );
  browser = await Browser.start();
  page = await browser.window(errors);
  await page.setViewportSize({ width: 1440, height: 900 });
  page.on('request', (request) => asked.push(request.url()));
  page.on('dialog', (dialog) => {
    errors.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${core}#/postmortems/${incident}`);
});
afterAll(async () => {
  await browser?.stop();
  await world?.stop();
});

const section = (name: string) => page.getByRole('region', { name, exact: true });
const pwned = () => page.evaluate(() => 'pwned' in window);

it('the reading view says it as it is written and does nothing of it', async () => {
  const summary = section('Summary');
  await summary.getByText('<script>window.pwned=1</script>', { exact: true }).first().waitFor(SOON);
  await summary.getByText(IMAGE, { exact: true }).waitFor();
  expect(await page.locator('main img, main iframe, main svg[onload], main script, main base').count()).toBe(
    0,
  );
  await section('Timeline').getByText(`${IMAGE} in a line`).waitFor();
  for (const link of await summary.locator('button.link, a').all()) await link.click();
  expect(await pwned()).toBe(false);
  expect(asked.filter((url) => !url.startsWith(core))).toEqual([]);
  expect(page.url().startsWith(core)).toBe(true);
});

it('so does its page that is saved as HTML, with scripts allowed', async () => {
  await page.keyboard.press('x');
  await page.getByRole('button', { name: 'HTML', exact: true }).click();
  const said = page.getByText(/^Saved: .*\.html$/);
  await said.waitFor(SOON);
  const path = ((await said.textContent()) ?? '').replace('Saved: ', '');
  try {
    const saved = await browser.window(errors);
    const outside: string[] = [];
    saved.on('request', (request) => outside.push(request.url()));
    await saved.goto(pathToFileURL(path).href);
    await saved.getByText(IMAGE, { exact: true }).first().waitFor();
    expect(await saved.evaluate(() => 'pwned' in window)).toBe(false);
    expect(outside.filter((url) => !url.startsWith('file:'))).toEqual([]);
    expect(await saved.locator('script, iframe, base, svg[onload]').count()).toBe(0);
    expect(readFileSync(path, 'utf8')).not.toContain('href="javascript:');
    await saved.close();
  } finally {
    rmSync(path);
  }
  await page.keyboard.press('Escape');
});

it('two megabytes that are pasted are kept, and more than a text has room for is refused with the rest unharmed', async () => {
  const document = `postmortem/${incident}#impact`;
  const text = async () => (await call(core, 'text_open', { document })).text;
  await section('Impact')
    .getByRole('button', { name: /Write|Edit/ })
    .first()
    .click();
  const editor = section('Impact').locator('.cm-content');
  await editor.waitFor(SOON);
  await editor.focus();
  const pasted = 'one line of the log of payments-api\n'.repeat(57_000);
  await page.evaluate((words) => {
    const data = new DataTransfer();
    data.setData('text/plain', words);
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
    window.document.activeElement?.dispatchEvent(event);
  }, pasted);
  await vi.waitUntil(async () => (await text()).length === pasted.length, SOON);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/plain', 'x'.repeat(3 << 20));
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
    window.document.activeElement?.dispatchEvent(event);
  });
  await page.getByText('A text has room for 4 MiB').waitFor(SOON);
  await page.keyboard.type('And on.');
  await vi.waitUntil(async () => (await text()).length === pasted.length + 'And on.'.length, SOON);
  expect(await text()).toContain('And on.');
  expect(errors).toEqual([]);
});
