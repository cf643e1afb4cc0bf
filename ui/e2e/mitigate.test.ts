import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import * as m from './mitigation';
import { Mock, type Answers } from './mock';
import * as r from './runbook';

/** Somebody stops the harm with a keyboard, on a core that says what it is told to say. */
let mock: Mock;
let browser: Browser;
let page: Page;
const say = (more: Answers) => (mock.answers = { ...mock.answers, ...more });
const asked = (name: string) => mock.asked.filter((a) => a.name === name).map((a) => a.args);
const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
const chosen = () => page.locator('input[name=strategy]:checked').getAttribute('value');

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
  mock.answers = {
    state: () => f.state({}),
    ...l.answers(),
    ...r.answers(),
    mitigations: ({ changes }) => (changes ? m.suggested : m.here),
  };
  mock.asked.length = 0;
  page = await browser.window([]);
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByText('Fill a role: scribe').waitFor();
});

it('a rollback is looked at, filled in from the deployment, run, and followed by what comes next: keys alone', async () => {
  await press('m');
  await page.getByText('11 min before the first signal').waitFor();
  await press('l', 'r');
  await page.getByText('Runs v3.4.2 now, goes back to v3.4.1.').waitFor();
  expect(await page.getByLabel('revision', { exact: true }).inputValue()).toBe('v3.4.1');
  await page.getByText('/usr/local/bin/kubectl').waitFor();
  // The reason is asked for, and then has the focus.
  await press('Control+Enter');
  await page.getByText('Say why the command is run.').waitFor();
  await page.keyboard.type('Errors began with v3.4.2.');
  const record = { ...r.record, outcome: 'succeeded' as const, exit_code: 0, ended_at: f.at(0) };
  say({ run: ({ after }) => ({ ...r.running, record, lines: r.running.lines.slice(after) }) });
  await press('Control+Enter');
  const next = page.getByRole('region', { name: 'What comes next' });
  await next.getByText('Verify that the service is healthy').waitFor();
  await next.getByText('Tell the channel').waitFor();
  expect(await next.innerText()).toMatch(/Wait until .*\(in (5|4) min\)/);
  expect(asked('run_start')).toEqual([
    {
      incident: l.CHECKOUT,
      runbook: l.RUNBOOK,
      step: r.record.step,
      arguments: { revision: 'v3.4.1' },
      reason: 'Errors began with v3.4.2.',
      environment: 'production',
      from: 'v3.4.2',
      to: 'v3.4.1',
    },
  ]);
  await press('m');
  await page.getByRole('radiogroup', { name: 'Ways to restore service' }).waitFor();
});

it('a look leads on to the command that goes back, and no wait is claimed', async () => {
  const record = { ...r.record, to: null, outcome: 'succeeded' as const, exit_code: 0, ended_at: f.at(0) };
  say({ run: ({ after }) => ({ ...r.running, record, lines: r.running.lines.slice(after) }) });
  await press('m');
  await page.getByText('11 min before the first signal').waitFor();
  await press('r');
  await page.getByLabel('Why?').fill('To see what there is.');
  await press('Control+Enter');
  await page.getByText('That was a look.').waitFor();
  expect(await page.getByText('Wait until').count()).toBe(0);
});

it('keys move between ways and commands; a way that was chosen stays chosen when the server answers', async () => {
  say({ mitigations: () => m.here });
  await press('m');
  await page.getByText('Asking the team server').waitFor();
  await press('j', 'j');
  expect(await chosen()).toBe('scale_up');
  say({
    mitigations: () => ({ ...m.suggested, strategies: m.suggested.strategies.toReversed() }),
  });
  mock.tell({ topic: 'playbook' });
  await page.getByText('What a recent change points to stands first.').waitFor();
  expect(await chosen()).toBe('scale_up');
  await press('k', 'k', 'k', 'k');
  expect(await chosen()).toBe('degrade');
});

it('the command is copied as it would be run; the playbook’s own is offered to copy alone', async () => {
  await page.evaluate(() => {
    const kept: string[] = [];
    Object.assign(globalThis, { kept });
    Object.defineProperty(navigator, 'clipboard', {
      value: { writeText: (text: string) => Promise.resolve(void kept.push(text)) },
    });
  });
  const kept = () => page.evaluate(() => (globalThis as unknown as { kept: string[] }).kept);
  await press('m');
  await page.getByText('11 min before the first signal').waitFor();
  await press('l', 'y');
  await expect
    .poll(kept)
    .toEqual(['kubectl rollout undo deployment/payments-api --namespace payments --to-revision=v3.4.1']);
  await press('l', 'r');
  await press('y');
  await expect.poll(async () => (await kept()).at(-1)).toContain('<namespace>');
  expect(asked('run_prepare')).toEqual([]);
});

it('what may not run says why and is copied, never run', async () => {
  say({ mitigations: () => m.notAllowed });
  await press('m');
  await page.getByText('an admin can allow it').waitFor();
  await press('r');
  await press('l', 'r');
  expect(asked('run_prepare')).toEqual([]);
  const sheet = page.getByRole('dialog');
  expect(await sheet.getByRole('button', { name: 'Copy' }).count()).toBe(3);
  expect(await page.getByRole('button', { name: 'Run', exact: true }).count()).toBe(0);
});
