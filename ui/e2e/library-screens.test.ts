import type { Page } from 'playwright-core';
import type { PostmortemWaits, WaitingRow, WindowState } from '../src/host/types';
import * as f from './fixtures';
import * as l from './library';
import * as r from './runbook';
import { drawn, type Scene } from './scenes';

const offline: Partial<WindowState> = {
  connection: {
    state: 'offline',
    since: f.at(-15),
    server: 'pager.acme.example',
    words: 'pager.acme.example cannot be reached: the network is down.',
    unreachable_alarm: false,
  },
};
const alone: Partial<WindowState> = {
  me: { person: 'me', name: 'Ana Ruiz', role: 'admin', device: f.PAGE },
  team: null,
  shifts: [],
  on_call: [],
  connection: { state: 'offline', since: f.at(0), server: null, words: '', unreachable_alarm: false },
};
const aloneAnswers = l.answers({
  sync: { ...l.allKnown, alone: true, connected: false },
  incidents: [l.incident({ number: 1, title: 'NAS does not answer', services: [], declared_by: 'me' })],
  runbooks: [],
});
const press =
  (keys: string, see: string) =>
  async (page: Page): Promise<void> => {
    for (const key of keys.split(' ')) await page.keyboard.press(key);
    await page.getByText(see).first().waitFor();
  };
const room = `#/incidents/${l.CHECKOUT}`;
const pendingDetail = () =>
  l.detail(
    { ...l.checkout, pending: true, incident: { ...l.checkout.incident, status: 'monitoring' } },
    {
      asked: [
        {
          op: { writer: l.CHECKOUT, counter: 7 },
          command: { do: 'set_status', to: 'monitoring' },
          given_at: f.at(-1),
        },
      ],
    },
  );

/** One of each kind, the last two below what is shown at once. */
const waits: PostmortemWaits[] = [
  {
    is: 'act',
    action: 'a-1',
    title:
      'Show the plan of every migration in review, with the number of rows that it reads and how long it takes',
    priority: 'P1',
    due: '2026-11-19',
    days_overdue: 5,
  },
  { is: 'write', due_at: f.at(-120) },
  {
    is: 'answer',
    comment: 'c-1',
    by: 'ben',
    words: '@Ana Ruiz, which of the two queues do you mean here? The one of orders was empty all morning.',
    at: f.at(-30),
  },
  { is: 'review', meeting: f.at(24 * 60) },
  { is: 'publish' },
  { is: 'write', due_at: f.at(3_000) },
  { is: 'act', action: 'a-2', title: 'Alert on the queue', priority: null, due: null, days_overdue: null },
];
const waiting: WaitingRow[] = waits.map((one, i) => ({
  incident: `${l.CHECKOUT.slice(0, -1)}${i}`,
  number: 40 + i,
  postmortem: `[SEV-${(i % 2) + 1}] Checkout answers with 502 for nine of ten orders - 2026-11-1${i}`,
  waits: one,
  is_late: i < 2,
}));

const scenes: Scene[] = [
  {
    name: 'library-home',
    hash: '#/home',
    state: { pages: [f.ringing] },
    see: 'Open incidents (3)',
    aria: '#main',
  },
  {
    name: 'home-waiting',
    hash: '#/home',
    answers: { ...l.answers({ incidents: l.three }), postmortems_mine: () => waiting },
    see: 'Waiting for you (7)',
    aria: '#main',
  },
  { name: 'incident', hash: room, see: 'Rate of failed orders', aria: '#main' },
  {
    name: 'incident-pending-offline',
    hash: room,
    state: offline,
    answers: { ...l.answers({ sync: l.offline }), incident: pendingDetail },
    see: 'status: monitoring',
  },
  {
    name: 'incident-long',
    hash: `#/incidents/${l.long.incident.id}`,
    answers: { ...l.answers({ incidents: [l.long] }), incident: () => l.detail(l.long) },
    see: 'Checkout answers with 502',
  },
  {
    name: 'incident-new',
    hash: `#/incidents/${l.three[1]?.incident.id}`,
    answers: {
      incident: () => l.newDetail(l.three[1] ?? l.checkout),
    },
    see: 'Nothing is written yet.',
  },
  { name: 'incident-unknown', hash: '#/incidents/nowhere', see: 'is not known on this computer' },
  {
    name: 'incident-edit',
    hash: room,
    see: 'Rate of failed orders',
    then: async (page) => {
      await page.keyboard.press('i');
      await page.getByLabel('Impact', { exact: true }).fill('Nobody can pay.');
    },
  },
  {
    name: 'incident-decision',
    hash: room,
    see: 'Rate of failed orders',
    then: async (page) => {
      await page.keyboard.press('w');
      await page.keyboard.type('decision: keep the old version until Monday');
      await page.keyboard.press('Enter');
      await page.getByText('Say why:').waitFor();
    },
  },
  {
    name: 'incident-field-history',
    hash: room,
    see: 'Ben Okafor wrote something else',
    then: async (page) => {
      await page.getByText('Ben Okafor wrote something else').click();
      await page.getByText('Payments fail everywhere.').waitFor();
    },
    aria: '[role=dialog]',
  },
  {
    name: 'incident-status',
    hash: room,
    see: 'Rate of failed orders',
    then: press('t', 'Set the status'),
    aria: '[role=dialog]',
  },
  { name: 'incident-severity', hash: room, see: 'Rate of failed orders', then: press('s', 'Why? It stands') },
  {
    name: 'incident-moment',
    hash: room,
    see: 'Rate of failed orders',
    then: async (page) => {
      await page.getByRole('button', { name: 'Correct: Detected' }).click();
      await page.getByText('When was it? Detected').waitFor();
    },
  },
  {
    name: 'incident-correct',
    hash: room,
    see: 'Rate of failed orders',
    then: press('j e', 'Correct this entry'),
  },
  {
    name: 'declare',
    hash: '#/home',
    see: 'Open incidents',
    then: async (page) => {
      await page.keyboard.press('c');
      await page.keyboard.type('Checkout is down');
    },
    aria: '[role=dialog]',
  },
  {
    name: 'declare-offline',
    hash: '#/home',
    state: offline,
    answers: l.answers({ sync: l.offline }),
    see: 'Open incidents',
    then: async (page) => {
      await page.keyboard.press('c');
      await page.keyboard.type('Checkout is down');
      await page.getByText('Will be declared when the team can be reached').waitFor();
    },
  },
  { name: 'runbooks', hash: '#/runbooks', see: 'Mail queue grows', aria: '#main' },
  { name: 'runbooks-none', hash: '#/runbooks', answers: l.answers({ runbooks: [] }), see: 'No runbook yet.' },
  {
    name: 'runbook',
    hash: `#/runbooks/${l.RUNBOOK}`,
    answers: {
      text_open: () => ({
        version: 0,
        text: l.BODY,
        peers: [{ person: 'ben', name: 'Ben Okafor', device: 'd', selection: [94, 106] }],
      }),
      text_updates: () => ({
        updates: [],
        peers: [{ person: 'ben', name: 'Ben Okafor', device: 'd', selection: [94, 106] }],
        reopen: false,
      }),
    },
    see: 'Checkout takes orders.',
    then: press('e', 'is writing here too'),
    aria: '#main',
  },
  {
    name: 'runbook-new',
    hash: '#/runbooks',
    see: 'Mail queue grows',
    then: press('n', 'What is it for?'),
  },
  {
    name: 'runbook-empty-trouble',
    hash: `#/runbooks/${l.runbooks[2]?.id}`,
    answers: {
      text_open: () => ({ version: 0, text: '', peers: [] }),
      runbook_steps: () => r.empty,
      text_push: () => ({ code: 'store', words: 'The disk is full.' }),
    },
    see: '# Overview, symptoms',
    then: async (page) => {
      await page.keyboard.press('e');
      await page.keyboard.type('Call the mail team.');
      await page.getByText('The disk is full.').waitFor();
    },
  },
  {
    name: 'search',
    hash: '#/search',
    see: 'Type to search',
    then: async (page) => {
      await page.keyboard.type('check');
      await page.getByText('Payments API').waitFor();
    },
    aria: '#main',
  },
  {
    name: 'search-none',
    hash: '#/search',
    answers: { search: () => [] },
    see: 'Type to search',
    then: async (page) => {
      await page.keyboard.type('kafka');
      await page.getByText('Nothing was found for “kafka”.').first().waitFor();
    },
  },
  {
    name: 'drafts',
    hash: '#/drafts',
    answers: l.answers({ sync: { ...l.allKnown, drafts: 2 }, drafts: l.drafts }),
    see: 'Watching it for half an hour',
    aria: '#main',
  },
  { name: 'drafts-none', hash: '#/drafts', see: 'No drafts.' },
  {
    name: 'sync-refused',
    hash: '#/home',
    answers: l.answers({ sync: { ...l.allKnown, drafts: 1 }, drafts: l.drafts.slice(0, 1) }),
    see: 'One change was not accepted: Checkout is down',
  },
  {
    name: 'sync-waiting',
    hash: '#/home',
    state: offline,
    answers: l.answers({ sync: l.offline }),
    see: '3 changes waiting',
    then: async (page) => {
      await page.getByRole('button', { name: '3 changes waiting' }).click();
      await page.getByText('status: monitoring').waitFor();
    },
    aria: '[role=dialog]',
  },
  {
    name: 'sync-catching-up',
    hash: '#/home',
    answers: l.answers({ sync: { ...l.allKnown, catching_up: { done: 40_000, total: 100_000 } } }),
    see: 'Fetching the team’s history: 40 %',
    then: press('g w', 'Open incidents come first'),
  },
  {
    name: 'sync-notice',
    hash: '#/home',
    answers: l.answers({
      sync: {
        ...l.allKnown,
        notice:
          'The library was damaged and is fetched again from the team. What you had not sent was kept and is sent now.',
      },
    }),
    see: 'The library was damaged',
  },
  {
    name: 'enrol-alone',
    hash: '#/home',
    state: { ...alone, stage: { is: 'signed_out' }, me: null },
    answers: { sync_state: () => ({ code: 'refused', words: 'Not joined.' }) },
    see: 'Just me, for now',
    then: async (page) => {
      await page.getByRole('button', { name: 'Just me, for now' }).click();
      await page.getByLabel('Your name').fill('Ana Ruiz');
    },
  },
  {
    name: 'alone-home',
    hash: '#/home',
    state: alone,
    answers: aloneAnswers,
    see: 'NAS does not answer',
    aria: '#main',
  },
  { name: 'alone-join', hash: '#/settings/team', state: alone, answers: aloneAnswers, see: 'goes along' },
  { name: 'settings-team', hash: '#/settings/team', see: 'pager.acme.example' },
  {
    name: 'palette-search',
    hash: '#/home',
    see: 'Open incidents',
    then: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('declare');
      await page.getByText('Search for “declare”').waitFor();
    },
  },
];
drawn(scenes);
