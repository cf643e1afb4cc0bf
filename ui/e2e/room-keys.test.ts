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

it('before an incident is declared the form says whom that rings', async () => {
  await page.goto(`${mock.url}#/incidents`);
  await page.getByRole('heading', { name: 'Incidents' }).first().waitFor();
  await page.keyboard.press('c');
  const form = page.getByRole('dialog', { name: 'Declare an incident' });
  await form.getByText('Nobody is rung: no service is chosen.').waitFor();
  await form.getByRole('checkbox', { name: 'Payments API' }).check();
  await form.getByText('Rings Ben Okafor at once.').waitFor();
  expect(asked('incident_rings').at(-1)).toEqual({
    severity: 'SEV2',
    services: ['payments-api'],
    private: false,
  });
});

it('what is still open is said before an incident is resolved; Enter resolves it all the same', async () => {
  const still_open = [
    { is: 'watched', until: f.at(12) },
    { is: 'verify', lines: 3 },
  ] as const;
  mock.answers.incident_end = (args) => (args.anyway ? [] : [...still_open]);
  mock.answers.incident = () => l.detail(l.checkout, { room: room({ still_open: [...still_open] }) });
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByRole('log').waitFor();
  await page.keyboard.press('r');
  const sheet = page.getByRole('dialog', { name: 'Resolve it?' });
  await sheet.getByText('It is to be watched until').waitFor();
  await sheet.getByText('3 lines of the list “Verify” are not ticked.').waitFor();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  const end = (anyway: boolean) => ({ incident: l.CHECKOUT, to: 'resolved', anyway });
  expect(asked('incident_end')).toEqual([end(false)]);
  await page.keyboard.press('r');
  await sheet.waitFor();
  await page.keyboard.press('Enter');
  await sheet.waitFor({ state: 'detached' });
  await expect.poll(() => asked('incident_end')).toEqual([end(false), end(false), end(true)]);
});

it('with nothing open, resolving is one key', async () => {
  mock.answers.incident_end = () => [];
  mock.answers.incident = () => l.detail(l.checkout, { room: room() });
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByRole('log').waitFor();
  await page.keyboard.press('r');
  await expect.poll(() => asked('incident_end').length).toBe(1);
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
});

it('whoever resolves before the room has loaded is told what is open all the same', async () => {
  mock.answers.incident_end = () => [{ is: 'needs', count: 2, first: 'A database engineer' }];
  let loaded = () => {};
  const loading = new Promise<void>((resolve) => (loaded = resolve));
  mock.answers.incident = async () => {
    await loading;
    return l.detail(l.checkout, { room: room() });
  };
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByRole('heading', { name: l.checkout.title }).waitFor();
  await page.keyboard.press('t');
  await page.getByRole('option', { name: 'resolved' }).click();
  await expect.poll(() => asked('incident_end').length).toBe(1);
  loaded();
  await page.getByRole('dialog', { name: 'Resolve it?' }).getByText('2 needs').waitFor();
});
