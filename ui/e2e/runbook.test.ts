import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock, type Answers } from './mock';
import * as r from './runbook';

/** A runbook in the hands of somebody with a keyboard, on a core that says what it is told to say. */
let mock: Mock;
let browser: Browser;
let page: Page;
const team = { ...f.team, team: { ...f.team.team, commands: 'allowed' as const } };
const say = (more: Answers) => (mock.answers = { ...mock.answers, ...more });
const asked = (name: string) => mock.asked.filter((a) => a.name === name).map((a) => a.args);
const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};

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
  mock.answers = { state: () => f.state({ team }), ...l.answers(), ...r.answers() };
  mock.asked.length = 0;
  page = await browser.window([]);
  await page.goto(`${mock.url}#/runbooks/${l.RUNBOOK}`);
  await page.getByText('Nobody can pay for ten minutes').waitFor();
});

it('a command is chosen, filled in, run with a reason, followed and stopped: keys alone', async () => {
  await press('j', 'j', 'j', 'j', 'j', 'j', 'r');
  await page.getByText('/usr/local/bin/kubectl').waitFor();
  await page.keyboard.type('41');
  await expect
    .poll(() => asked('run_prepare').at(-1))
    .toMatchObject({ step: r.record.step, arguments: { revision: '41' } });
  await press('Control+Enter');
  await page.getByText('Say why the command is run.').waitFor();
  expect(asked('run_start')).toEqual([]);
  await page.keyboard.type('Errors began with revision 42.');
  await press('Control+Enter');
  await page.getByText('rolled back').waitFor();
  expect(asked('run_start')).toEqual([
    {
      incident: l.CHECKOUT,
      runbook: l.RUNBOOK,
      step: r.record.step,
      arguments: { revision: '41' },
      reason: 'Errors began with revision 42.',
      environment: null,
      from: null,
      to: null,
    },
  ]);
  expect(await page.getByRole('log').innerText()).toContain('password=[secret]');
  say({ run: () => ({ ...r.running, lines: [], stopping: true }) });
  await press('s');
  await page.getByText('Stopping: it may tidy up').waitFor();
  expect(asked('run_stop')).toEqual([{ run: r.RUN }]);
  const lines = [{ number: 5, is_error: false, text: 'tidied' }];
  const record = { ...r.record, outcome: 'stopped' as const, ended_at: f.at(0) };
  say({ run: ({ after }) => ({ ...r.running, record, lines: after <= 5 ? lines : [] }) });
  mock.tell({ topic: 'run', run: r.RUN });
  await page.getByText('tidied').waitFor();
  await page.getByText(/^Stopped after/).waitFor();
  await press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

it('what the core refuses is said where it is asked, and nothing is run', async () => {
  say({ run_start: () => ({ code: 'refused', words: 'This runbook was changed after its review.' }) });
  await press('j', 'j', 'r');
  await page.getByText('/usr/local/bin/kubectl').waitFor();
  await page.getByLabel('Why?').fill('It restarts.');
  await press('Control+Enter');
  await page.getByText('This runbook was changed after its review.').waitFor();
  expect(await page.getByLabel('Why?').inputValue()).toBe('It restarts.');
});

it('a runbook that was changed offers its commands to copy alone', async () => {
  say({ runbook_steps: () => r.changed });
  mock.tell({ topic: 'runbook', runbook: l.RUNBOOK });
  await page.getByText('changed since its review').waitFor();
  expect(await page.getByRole('button', { name: 'Run', exact: true }).count()).toBe(0);
  await press('r');
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await press('y');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(r.reading.steps[0]?.step.line);
  await press('v');
  await expect.poll(() => asked('runbook_reviewed')).toEqual([{ runbook: l.RUNBOOK, digest: 'd1' }]);
});

it('versions are compared and written back', async () => {
  await press('h');
  await page.getByText('the flag has another name').click();
  await expect
    .poll(() => asked('runbook_diff').at(-1))
    .toEqual({ runbook: l.RUNBOOK, from: r.versions[2]?.write, to: r.versions[1]?.write });
  await page.getByLabel('Compare with the text as it is now').check();
  await expect
    .poll(() => asked('runbook_diff').at(-1))
    .toEqual({ runbook: l.RUNBOOK, from: r.versions[1]?.write, to: null });
  await page.getByRole('button', { name: 'Write this text back' }).click();
  await page.getByText('Written back.').waitFor();
  expect(asked('runbook_restore')).toEqual([{ runbook: l.RUNBOOK, version: r.versions[1]?.write }]);
});

it('labels and links are typed one to a line; a link in the text leaves through the core', async () => {
  await page.getByRole('button', { name: 'Edit: Alerts with these labels' }).click();
  await page.keyboard.type('alertname=HighErrorRate');
  await press('Control+Enter');
  await expect
    .poll(() => asked('record_set').at(-1))
    .toMatchObject({ field: 'labels', value: { alertname: 'HighErrorRate' } });
  await page.getByRole('button', { name: 'dashboard' }).click();
  await expect.poll(() => asked('open_link')).toEqual([{ url: 'https://grafana.acme.example/d/checkout' }]);
});

it('a text that was written and left is kept as a version', async () => {
  await press('e');
  await page.getByRole('textbox', { name: /^Text of the runbook/ }).waitFor();
  await press('Escape', 'Escape');
  await expect.poll(() => asked('runbook_keep')).toEqual([{ runbook: l.RUNBOOK, note: '' }]);
});
