import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { PageRow, WindowState } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';

/** What the window does with hands and with news, on a core that says what it is told to say. */
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
  page = await browser.window(errors);
  await page.setViewportSize({ width: 1000, height: 700 });
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

function say(more: Partial<WindowState>): void {
  mock.answers = {
    ...mock.answers,
    state: () => f.state(more),
    page: ({ page: id }) => f.detail(more.pages?.find((r) => r.page.id === id) ?? f.ringing),
    pages_ended: () => [],
    channels: () => f.channels,
    devices: () => f.devices,
    silences: () => f.silences,
    sounds: () => ['bell'],
    ...l.answers({ incidents: [] }),
  };
  mock.tell({ topic: 'state' });
}
const asks = () => mock.asked.filter((a) => a.name === 'ask').map((a) => a.args);
const options = () => page.getByRole('option').count();
const chosen = () => page.locator('[role=option][aria-selected=true] .title').innerText();

it('3,000 pages scroll, and only what can be seen is drawn', async () => {
  say({ pages: f.many(3000) });
  await page.goto(`${mock.url}#/pages`);
  await page.getByText('Open (3,000)').waitFor();
  expect(await options()).toBeLessThan(40);
  const list = page.getByRole('listbox', { name: 'Pages' });
  await list.evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
  await page.getByText('Probe 3000 of 3000 does not answer').waitFor();
  expect(await options()).toBeLessThan(40);
  await page.keyboard.press('f');
  await page.keyboard.type('SEV4 2996');
  await page.getByText('1 of 3,000').waitFor();
});

it('j and k walk along the list, and the detail follows', async () => {
  say({ pages: f.many(50) });
  await page.goto(`${mock.url}#/pages`);
  await page.getByRole('heading', { name: 'Probe 1 of 50' }).waitFor();
  for (let i = 0; i < 20; i++) await page.keyboard.press('j');
  await page.getByRole('heading', { name: 'Probe 21 of 50' }).waitFor();
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'Probe 20 of 50' }).waitFor();
  expect(await page.locator('[role=option][aria-selected=true]').isVisible()).toBe(true);
});

it('a page that comes in takes neither the choice nor the place of the reader', async () => {
  const pages = f.many(200);
  say({ pages });
  await page.goto(`${mock.url}#/pages`);
  await page.getByRole('heading', { name: 'Probe 1 of 200' }).waitFor();
  const list = page.getByRole('listbox', { name: 'Pages' });
  await list.evaluate((box) => box.scrollTo({ top: 3000 }));
  const row = page.getByText('Probe 60 of 200 does not answer');
  await row.waitFor();
  const before = await row.boundingBox();
  say({ pages: [f.row({ title: 'Something worse', severity: 'SEV1', mine: true }), ...pages] });
  await page.getByText('201 of 201').waitFor();
  await expect
    .poll(async () => Math.round((await row.boundingBox())?.y ?? 0))
    .toBe(Math.round(before?.y ?? -1));
  await page.getByRole('heading', { name: 'Probe 1 of 200' }).waitFor();
  await page.keyboard.press('a');
  await expect
    .poll(() => asks())
    .toEqual([{ page: pages[0]?.page.id, request: { do: 'acknowledge', via: 'window' } }]);
});

it('a refusal stands beside the page, in the words of the team', async () => {
  mock.answers.ask = () => ({ code: 'refused', words: 'Ben Okafor has it already since 02:14.' });
  say({ pages: [f.ringing] });
  await page.goto(`${mock.url}#/pages`);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('alert').getByText('Ben Okafor has it already since 02:14.').waitFor();
  delete mock.answers.ask;
});

it('Open on a notification shows that page', async () => {
  say({ pages: [f.ringing, ...f.others] });
  await page.goto(`${mock.url}#/home`);
  await page.getByText('You are on call').waitFor();
  const id = f.others[0]?.page.id ?? '';
  await expect
    .poll(async () => {
      mock.tell({ topic: 'show', place: { at: 'page', page: id } });
      return page.url();
    })
    .toContain(id);
  await expect.poll(chosen).toBe('Checkout is down in every region');
});

it('a link to a postmortem, or to settings, leads there', async () => {
  say({});
  mock.answers.postmortem = () => ({ code: 'refused', words: 'There is no such incident here.' });
  await page.goto(`${mock.url}#/home`);
  await expect
    .poll(async () => {
      mock.tell({ topic: 'show', place: { at: 'postmortem', incident: 'inc-1' } });
      return page.url();
    })
    .toContain('#/postmortems/inc-1');
  mock.tell({ topic: 'show', place: { at: 'settings' } });
  await expect.poll(() => page.url()).toContain('#/settings');
});

it('triage from the pager window is in the main one, which has the room', async () => {
  say({ pages: [f.ringing] });
  mock.answers.show = () => null;
  await page.setViewportSize({ width: 420, height: 480 });
  await page.goto(`${mock.url}#/pager`);
  await page.getByText(/^Connected to/).waitFor();
  await page.keyboard.press('t');
  await expect
    .poll(() => mock.asked.filter(({ name }) => name === 'show').map(({ args }) => args))
    .toEqual([{ place: { at: 'triage', page: f.PAGE } }]);
  expect(page.url()).toContain('#/pager');
});

it('everything can be done from the palette, and the focus comes back', async () => {
  say({ pages: [f.ringing] });
  await page.goto(`${mock.url}#/home`);
  await page.getByText('You are on call').waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('settings silen');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Silences' }).waitFor();
  await page.getByLabel('Reason').focus();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('What do you want to do?').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByLabel('Reason').evaluate((e) => e === document.activeElement)).toBe(true);
});

it('snoozing until the morning asks for the next 07:00 of the person’s zone', async () => {
  say({ pages: [f.ringing] });
  await page.goto(`${mock.url}#/pages`);
  await page.getByRole('heading', { name: 'Error rate' }).waitFor();
  await page.keyboard.press('s');
  await page.getByText('Until the morning').waitFor();
  await page.keyboard.press('3');
  await expect.poll(() => asks().length).toBe(1);
  const { request } = asks()[0] as { request: { until: string } };
  const there = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Madrid', timeStyle: 'short' });
  expect(there.format(new Date(request.until))).toBe('07:00');
});

it('two pages ring: a second press of the same key does not acknowledge the second one unseen', async () => {
  const second: PageRow = f.row({ title: 'Queue grows', service: 'search', mine: true });
  const mine = (row: PageRow): PageRow => ({
    ...row,
    ringing: null,
    page: {
      ...row.page,
      status: 'acknowledged',
      ringing: [],
      acknowledged: { by: { kind: 'person', person: 'ana' }, via: 'pager_window', at: f.at(0) },
    },
  });
  mock.answers.ask = () => {
    say({ pages: [second, mine(f.ringing)] });
    return 1;
  };
  say({ pages: [f.ringing, second] });
  await page.setViewportSize({ width: 420, height: 480 });
  await page.goto(`${mock.url}#/pager`);
  await page.getByText(/^Connected to/).waitFor();
  await page.keyboard.press('a');
  await page.keyboard.press('a');
  await page.getByText('The ringing has stopped for everybody.').waitFor();
  await page.keyboard.press('a');
  expect(asks()).toEqual([{ page: f.PAGE, request: { do: 'acknowledge', via: 'pager_window' } }]);
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await page.getByText('Not yet: keys count after a moment').waitFor();
  await page.getByRole('heading', { name: 'Queue grows' }).waitFor();
  expect(asks()).toHaveLength(1);
  expect(mock.asked.filter((a) => a.name === 'seen').map((a) => a.args)).toContainEqual({
    page: second.page.id,
  });
  delete mock.answers.ask;
});

it('the pager window comes back to the pager when another page rings', async () => {
  say({ pages: [f.ringing] });
  await page.setViewportSize({ width: 420, height: 480 });
  await page.goto(`${mock.url}#/pager`);
  await page.getByText(/^Connected to/).waitFor();
  await page.keyboard.press('d');
  await page.getByRole('heading', { name: 'History' }).waitFor();
  say({ pages: [f.row({ title: 'Queue grows', service: 'search', mine: true }), f.ringing] });
  await page.getByText('ringing', { exact: false }).first().waitFor();
  await expect.poll(() => page.url()).toContain('#/pager');
});
