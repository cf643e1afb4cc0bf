import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SearchHit } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock, type Answers } from './mock';

/** Incidents, runbooks and search with hands, on a core that says what it is told to say. */
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
  say();
  page = await browser.window(errors);
  await page.setViewportSize({ width: 1000, height: 700 });
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

function say(more: Answers = {}): void {
  mock.answers = {
    state: () => f.state(),
    pages_ended: () => [],
    channels: () => f.channels,
    devices: () => f.devices,
    ...l.answers(),
    ...more,
  };
}
const asked = (name: string) => mock.asked.filter((a) => a.name === name).map((a) => a.args);
const room = `#/incidents/${l.CHECKOUT}`;
const input = () => page.getByLabel(/^New entry/);

it('an incident is declared with the keyboard alone, and its room opens', async () => {
  const made = l.incident({ id: f.PAGE, title: 'Checkout is down', severity: 'SEV1' });
  say({
    incident_declare: () => f.PAGE,
    incident: () => l.newDetail(made),
  });
  await page.goto(`${mock.url}#/home`);
  await page.getByText('Open incidents (3)').waitFor();
  await page.keyboard.press('c');
  await page.getByText('The team sees it at once.').waitFor();
  await page.keyboard.type('Checkout is down');
  await page.keyboard.press('Alt+1');
  await page.getByLabel('Payments API').check();
  await page.getByLabel('What is wrong?').press('Enter');
  await page.getByRole('heading', { name: 'Checkout is down' }).waitFor();
  expect(asked('incident_declare')).toEqual([
    {
      declaration: {
        title: 'Checkout is down',
        severity: 'SEV1',
        services: ['payments-api'],
        detection: null,
        detected_at: null,
        page: null,
        commands: true,
      },
      people: null,
    },
  ]);
});

it('a refused declaration keeps every word and says why', async () => {
  say({ incident_declare: () => ({ code: 'refused', words: 'Stakeholders read along.' }) });
  await page.goto(`${mock.url}#/home`);
  await page.getByText('Open incidents (3)').waitFor();
  await page.keyboard.press('c');
  await page.keyboard.press('Enter');
  await page.getByText('Say in a few words what is wrong.').waitFor();
  await page.keyboard.type('Checkout is down');
  await page.keyboard.press('Enter');
  await page.getByText('Stakeholders read along.').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('c');
  expect(await page.getByLabel('What is wrong?').inputValue()).toBe('Checkout is down');
});

it('the kind of an entry is one key or typed before the words; a decision asks why', async () => {
  await page.goto(mock.url + room);
  await input().waitFor();
  await page.keyboard.press('w');
  await page.keyboard.press('Alt+2');
  await page.keyboard.type('the cache is cold');
  await page.keyboard.press('Enter');
  await expect.poll(() => asked('entry_add').length).toBe(1);
  await expect.poll(() => input().inputValue()).toBe('');
  await page.keyboard.type('need: somebody who knows the cache');
  expect(await input().inputValue()).toBe('somebody who knows the cache');
  await page.keyboard.press('Enter');
  await expect.poll(() => asked('entry_add').length).toBe(2);
  await expect.poll(() => input().inputValue()).toBe('');
  await page.keyboard.type('decision: warm it by hand');
  await page.keyboard.press('Enter');
  await page.getByText('Say why:').waitFor();
  await page.keyboard.type('it is safe');
  await page.keyboard.press('Enter');
  await expect.poll(() => asked('entry_add').length).toBe(3);
  const told = asked('entry_add') as { kind: string; text: string; reason: string | null }[];
  expect(told.map((e) => [e.kind, e.text, e.reason])).toEqual([
    ['theory', 'the cache is cold', null],
    ['need', 'somebody who knows the cache', null],
    ['decision', 'warm it by hand', 'it is safe'],
  ]);
});

it('what was typed and not sent is there again, and lies in no storage', async () => {
  await page.goto(mock.url + room);
  await input().waitFor();
  await page.keyboard.press('w');
  await page.keyboard.type('found: half a thought');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.getByText('Open incidents (3)').waitFor();
  await page.goBack();
  await expect.poll(() => input().inputValue()).toBe('half a thought');
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);

  // A new window knows it from the core.
  const keeps = () => mock.asked.filter((a) => a.name === 'typed_keep').map((a) => a.args);
  await expect
    .poll(keeps)
    .toContainEqual(expect.objectContaining({ words: expect.stringContaining('half a thought') }));
  const { form, words } = keeps().at(-1) as { form: string; words: string };
  say({ typed_all: () => ({ [form]: words }) });
  await page.reload();
  await expect.poll(() => input().inputValue()).toBe('half a thought');
});

it('a notice that was clicked shows its incident', async () => {
  await page.goto(`${mock.url}#/home`);
  await expect
    .poll(async () => {
      mock.tell({ topic: 'show', place: { at: 'incident', incident: l.CHECKOUT } });
      return page.url();
    })
    .toContain(`incidents/${l.CHECKOUT}`);
});

it('a field is edited in place and names what it replaces; a change meanwhile is told', async () => {
  let detail = l.detail();
  say({ incident: () => detail });
  const seen = detail.fields['impact']?.write;
  await page.goto(mock.url + room);
  await page.getByText('Customers cannot pay').waitFor();
  await page.keyboard.press('i');
  await page.getByLabel('Impact', { exact: true }).fill('Nobody can pay.');
  detail = l.detail();
  detail = {
    ...detail,
    fields: {
      ...detail.fields,
      impact: { ...detail.fields['impact']!, value: 'Other words', author: 'ben' },
    },
  };
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByText('Ben Okafor changed it while you wrote: “Other words”').waitFor();
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => asked('record_set').length).toBe(1);
  expect(asked('record_set')[0]).toEqual({
    record: { kind: 'incident', id: l.CHECKOUT },
    field: 'impact',
    value: 'Nobody can pay.',
    replaces: seen,
  });
});

it('Escape leaves a field and not the incident; the words come back', async () => {
  await page.goto(mock.url + room);
  await page.getByText('Customers cannot pay').waitFor();
  await page.keyboard.press('i');
  await page.getByLabel('Impact', { exact: true }).fill('Half a sent');
  await page.keyboard.press('Escape');
  await page.getByText('Customers cannot pay').waitFor();
  expect(page.url()).toContain(l.CHECKOUT);
  await page.keyboard.press('i');
  expect(await page.getByLabel('Impact', { exact: true }).inputValue()).toBe('Half a sent');
});

it('what lost at the same time is pointed at, and can stand again', async () => {
  await page.goto(mock.url + room);
  await page.getByRole('button', { name: 'Ben Okafor wrote something else at the same time: look' }).click();
  const lost = page.getByRole('listitem').filter({ hasText: 'Payments fail everywhere.' });
  await lost.getByRole('button', { name: 'Restore this' }).click();
  await page.getByText('Restored: it stands again.').waitFor();
  expect(asked('record_set')[0]).toMatchObject({
    field: 'impact',
    value: 'Payments fail everywhere.',
    replaces: l.impactHistory[0]?.write,
  });
});

it('a status is pending in place from the key press on', async () => {
  await page.goto(mock.url + room);
  await input().waitFor();
  let row = l.checkout;
  let waits: ReturnType<typeof l.detail>['asked'] = [];
  mock.answers.incident = () => l.detail(row, { asked: waits });
  mock.answers.incident_end = () => {
    row = { ...row, pending: true, incident: { ...row.incident, status: 'resolved' } };
    const command = { do: 'set_status' as const, to: 'resolved' as const };
    waits = [{ op: { writer: f.PAGE, counter: 1 }, command, given_at: f.at(0) }];
    // Nothing is open any more.
    return [];
  };
  await page.keyboard.press('t');
  await page.getByRole('option', { name: 'resolved' }).waitFor();
  await page.keyboard.press('3');
  await page.getByText('status: resolved · asked').waitFor();
  expect(asked('incident_end')).toEqual([{ incident: l.CHECKOUT, to: 'resolved', anyway: false }]);
  await expect
    .poll(() => page.getByRole('button', { name: /^Status/ }).getAttribute('class'))
    .toContain('pending');
});

it('a refused command says so beside the incident', async () => {
  say({ incident_ask: () => ({ code: 'refused', words: 'It is SEV1 already.' }) });
  await page.goto(mock.url + room);
  await input().waitFor();
  await page.keyboard.press('s');
  await page.keyboard.press('2');
  await page.getByLabel('Why? It stands in the timeline.').fill('Only Germany');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('It is SEV1 already.').waitFor();
  expect(asked('incident_ask')).toEqual([
    { incident: l.CHECKOUT, command: { do: 'set_severity', to: 'SEV2', reason: 'Only Germany' } },
  ]);
});

it('a moment is corrected with a reason, in the person’s zone', async () => {
  await page.goto(mock.url + room);
  await page.getByRole('button', { name: 'Correct: Impact began' }).click();
  await page.getByLabel('Time', { exact: true }).fill('2026-11-25 27:00');
  await page.getByLabel('Why is it corrected?').fill('The first complaint came then.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('This is not a time.').waitFor();
  await page.getByLabel('Time', { exact: true }).fill('2025-01-10 02:13');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => asked('incident_ask').length).toBe(1);
  expect(asked('incident_ask')[0]).toEqual({
    incident: l.CHECKOUT,
    command: {
      do: 'correct_moment',
      moment: 'impact_started',
      at: '2025-01-10T01:13:00.000Z',
      reason: 'The first complaint came then.',
    },
  });
});

it('an entry is corrected at its own place in time', async () => {
  await page.goto(mock.url + room);
  await input().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('e');
  await page.getByText('Correct this entry').waitFor();
  await page
    .getByLabel('Entry', { exact: true })
    .fill('kubectl rollout undo deployment/payments-api --to-revision=41');
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => asked('entry_add').length).toBe(1);
  const action = l.timeline.find((e) => e.entry.kind === 'action')?.entry;
  expect(asked('entry_add')[0]).toMatchObject({ kind: 'action', at: action?.at, corrects: action?.id });
});

it('3,000 incidents: only what can be seen is drawn, and the place is kept', async () => {
  say(l.answers({ incidents: l.many(3_000) }));
  await page.goto(`${mock.url}#/incidents`);
  await page.getByRole('button', { name: 'Open 40' }).waitFor();
  await page.keyboard.press('v');
  await page.getByText('Incident 3000:').waitFor();
  for (let i = 0; i < 30; i++) await page.keyboard.press('j');
  expect(await page.getByRole('option').count()).toBeLessThan(50);
  await page.keyboard.press('Enter');
  await page.getByRole('article').getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Escape');
  const chosen = page.locator('[role=option][aria-selected=true]');
  await chosen.getByText('Incident 2970:').waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type('#1997');
  await page.getByText('1 of 3,000').waitFor({ state: 'attached' });
});

it('search: an answer that comes late does not replace a later one', async () => {
  const hit = (title: string): SearchHit[] => [
    { kind: 'runbook', id: l.RUNBOOK, incident: null, title, excerpt: '' },
  ];
  const late: (() => void)[] = [];
  await page.route('**/call/search', async (route) => {
    const { query } = route.request().postDataJSON() as { query: string };
    if (query === 'ch') await new Promise<void>((done) => late.push(done));
    await route.fulfill({ json: hit(`found for ${query}`) }).catch(() => {});
  });
  await page.goto(`${mock.url}#/home`);
  await page.getByText('Open incidents (3)').waitFor();
  await page.keyboard.press('/');
  await page.getByLabel('Search everything').waitFor();
  await page.keyboard.type('che');
  await page.getByText('found for che').waitFor();
  late.forEach((go) => go());
  await page.waitForTimeout(150);
  await page.getByText('found for che').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/runbooks\/./);
});

it('search: arrows, j and k, marks and never HTML; an entry opens at its line', async () => {
  await page.goto(`${mock.url}#/search`);
  await page.getByText('Type to search').waitFor();
  await page.keyboard.type('check');
  await page.getByText('payments-api <b>and</b> the load balancer').waitFor();
  expect(await page.locator('mark').allInnerTexts()).toEqual(['Check', 'check', 'check', 'Check', 'Check']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`${l.CHECKOUT}/.`));
  await expect.poll(() => page.locator('.entry.chosen').innerText()).toContain('Dashboards of payments-api');
});

it('a draft is sent again; a discarded one can be had back', async () => {
  let drafts = l.drafts;
  say({
    ...l.answers({ sync: { ...l.allKnown, drafts: 2 } }),
    drafts: () => drafts,
    draft_repeat: ({ id }) => {
      drafts = drafts.filter((d) => d.id !== id);
      return null;
    },
  });
  await page.goto(`${mock.url}#/home`);
  await page.getByRole('button', { name: '2 changes were not accepted – open drafts' }).click();
  await page.getByRole('button', { name: 'Discard' }).last().click();
  await page.getByText('Discarded: Mails are late').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('The relay refuses our new address.').waitFor();
  await page.getByRole('button', { name: 'Send again' }).click();
  await expect.poll(() => page.getByText('Error rate falls').count()).toBe(0);
  expect(asked('draft_repeat')).toEqual([{ id: 1 }]);
  expect(asked('draft_discard')).toEqual([]);
});

it('the indicator follows the core', async () => {
  await page.goto(`${mock.url}#/home`);
  await page.getByRole('button', { name: 'All known to the team' }).waitFor();
  say(l.answers({ sync: l.waiting }));
  mock.tell({ topic: 'sync' });
  await page.getByRole('button', { name: '3 changes waiting' }).click();
  await page.getByRole('button', { name: 'Checkout: high error rate' }).click();
  await page.waitForURL(/#\/runbooks\/./);
});

it('alone: a name is asked, and the window is there', async () => {
  let alone = false;
  say({
    ...l.answers({ incidents: [], runbooks: [] }),
    state: () =>
      f.state({
        stage: alone ? { is: 'ready' } : { is: 'signed_out' },
        me: alone ? { person: 'me', name: 'Ana', role: 'admin', device: f.PAGE } : null,
        team: null,
        shifts: [],
        on_call: [],
        connection: { state: 'offline', since: f.at(0), server: null, words: '', unreachable_alarm: false },
      }),
    sync_state: () => ({ ...l.allKnown, alone, connected: false }),
    alone_start: () => {
      alone = true;
      return null;
    },
  });
  await page.goto(`${mock.url}#/home`);
  await page.getByRole('button', { name: 'Just me, for now' }).click();
  await page.keyboard.press('Enter');
  await page.getByText('Write your name first.').waitFor();
  await page.keyboard.type('Ana');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Only on this computer' }).waitFor();
  await page.getByRole('button', { name: 'Only on this computer' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Join a team' }).click();
  await page.getByText('everything you wrote here goes along').waitFor();
  expect(asked('alone_start')).toEqual([{ name: 'Ana' }]);
});
