import type { PageRow, WindowState } from '../src/host/types';
import * as f from './fixtures';
import { drawn, type Scene } from './scenes';

const PAGER = [{ width: 420, height: 480 }];
const open = [f.ringing, ...f.others];
const offline: Partial<WindowState> = {
  connection: {
    state: 'offline',
    since: f.at(-15),
    server: 'pager.acme.example',
    words: 'pager.acme.example cannot be reached: the network is down.',
    unreachable_alarm: true,
  },
};
const pendingRow: PageRow = {
  ...f.ringing,
  pending: [{ counter: 7, request: { do: 'acknowledge', via: 'pager_window' }, given_at: f.at(-1) }],
};
const mineRow: PageRow = {
  ...f.ringing,
  ringing: null,
  next: { at: f.at(28), people: ['ana'], why: 'forgotten' },
  page: {
    ...f.ringing.page,
    status: 'acknowledged',
    ringing: [],
    acknowledged: { by: { kind: 'person', person: 'ana' }, via: 'pager_window', at: f.at(-1) },
  },
};
const question = {
  counter: 7,
  page: f.PAGE,
  page_title: 'Error rate 12.4 % on checkout',
  request: { do: 'resolve' } as const,
  given_at: f.at(-70),
  words: 'This page was resolved an hour ago by Ben Okafor and has opened again since. Resolve it anyway?',
  can_repeat: true,
};
const refused = () => ({ code: 'offline', words: 'Not connected.' });

const scenes: Scene[] = [
  {
    name: 'enrol',
    hash: '#/home',
    state: {
      stage: { is: 'signed_out' },
      me: null,
      team: null,
      shifts: [],
      on_call: [],
      connection: { state: 'offline', since: f.at(0), server: null, words: '', unreachable_alarm: false },
    },
    see: 'Join your team',
  },
  {
    name: 'enrol-refused',
    hash: '#/home',
    state: { stage: { is: 'signed_out' }, me: null, team: null },
    answers: {
      enrol: () => ({
        code: 'refused',
        words: 'This invite was used already. Ask your team’s operator for a new one.',
      }),
    },
    see: 'Join your team',
    then: async (page) => {
      await page
        .getByLabel('Invite link')
        .fill('firebell://join?server=https://pager.acme.example&token=abc');
      await page.getByRole('button', { name: 'Join' }).click();
      await page.getByText('This invite was used already').waitFor();
    },
  },
  { name: 'home', hash: '#/home', state: { pages: open }, see: 'You are on call' },
  { name: 'home-quiet', hash: '#/home', state: { on_call: [] }, see: 'No page is open.' },
  {
    name: 'home-offline-alarm',
    hash: '#/home',
    state: { pages: open, ...offline, queued: 1 },
    answers: { channels: refused, devices: refused },
    see: 'Working offline since',
  },
  {
    name: 'home-held-question',
    hash: '#/home',
    state: { pages: open, paging_held: true, questions: [question] },
    see: 'Paging is held',
  },
  {
    name: 'cannot-page',
    hash: '#/home',
    state: {
      stage: {
        is: 'cannot_page',
        words:
          'The keychain is locked. Unlock it (log out and in again, or open your password manager); Firebell tries again by itself.',
      },
    },
    see: 'The keychain is locked',
  },
  { name: 'pages', hash: `#/pages/${f.PAGE}`, state: { pages: open }, see: 'Rang you and Ben Okafor' },
  {
    name: 'page-alert-open',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: open },
    see: 'HighErrorRate on payments-api-0',
    then: async (page) => {
      await page.getByText('HighErrorRate on payments-api-0').click();
      await page.getByText('"generatorURL"').first().waitFor();
    },
  },
  {
    name: 'page-of-incident',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: [f.overdue, ...f.others] },
    answers: { page: () => ({ ...f.detail(f.overdue), alerts: [], history: [] }) },
    see: 'an update of an incident was missed',
  },
  {
    name: 'page-history',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: open },
    see: 'Rolled back to v3.4.1.',
    then: (page) => page.getByText('Rolled back to v3.4.1.').scrollIntoViewIfNeeded(),
  },
  { name: 'pages-none', hash: '#/pages', answers: { pages_ended: () => [] }, see: 'No page, open or ended' },
  { name: 'pages-3000', hash: '#/pages', state: { pages: f.many(3000) }, see: 'Open (3,000)' },
  {
    name: 'pages-pending-offline',
    hash: `#/pages/${f.PAGE}`,
    state: { ...offline, pages: [pendingRow, ...f.others], queued: 1 },
    see: 'not yet known to the team',
  },
  {
    name: 'pages-long-names',
    hash: `#/pages/${f.long.page.id}`,
    state: { pages: [f.long, ...open] },
    answers: { page: () => f.detail(f.long) },
    see: 'ringing you',
  },
  {
    name: 'palette',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: open },
    see: 'Rang you',
    then: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('What do you want to do?').waitFor();
    },
  },
  {
    name: 'snooze',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: open },
    see: 'Rang you',
    then: async (page) => {
      await page.keyboard.press('s');
      await page.getByText('Until the morning').waitFor();
    },
  },
  {
    name: 'reassign',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: open },
    see: 'Rang you',
    then: async (page) => {
      await page.keyboard.press('r');
      await page.getByText('on call: Secondary').waitFor();
    },
  },
  {
    name: 'note',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: open },
    see: 'Rang you',
    then: async (page) => {
      await page.keyboard.press('n');
      await page.keyboard.type('Rolled back');
    },
  },
  {
    name: 'keys',
    hash: '#/home',
    state: { pages: open },
    see: 'You are on call',
    then: async (page) => {
      await page.keyboard.press('?');
      await page.getByText('Single letters do nothing').waitFor();
    },
  },
  { name: 'settings-sound', hash: '#/settings', see: 'Gentle start' },
  { name: 'settings-channels', hash: '#/settings/channels', see: 'ana-pages-7f3k' },
  {
    name: 'settings-channels-secret',
    hash: '#/settings/channels',
    see: 'ana-pages-7f3k',
    answers: {
      channel_add: ({ channel }) => ({
        ...channel,
        id: f.PAGE,
        secret: 'whsec_0f5c2f8e9d7b4a6c8e1f',
        last_used: null,
        last_error: null,
      }),
    },
    then: async (page) => {
      await page.getByLabel('Kind').selectOption('webhook');
      await page.getByLabel('Address to POST to').fill('https://hooks.acme.example/x');
      await page.getByRole('button', { name: 'Add channel' }).click();
      await page.getByText('whsec_').waitFor();
    },
  },
  {
    name: 'settings-channels-offline',
    hash: '#/settings/channels',
    state: offline,
    answers: { channels: refused },
    see: 'cannot be asked for while offline',
  },
  { name: 'settings-devices', hash: '#/settings/devices', see: 'this computer' },
  { name: 'settings-silences', hash: '#/settings/silences', see: 'OPS-412' },
  {
    name: 'settings-silences-none',
    hash: '#/settings/silences',
    answers: { silences: () => [] },
    see: 'No silence is set.',
  },
  { name: 'settings-diagnostics', hash: '#/settings/diagnostics', see: 'No audio device was found.' },
  { name: 'settings-appearance', hash: '#/settings/appearance', see: 'Start when I log in' },
  { name: 'pager', hash: '#/pager', state: { pages: open }, sizes: PAGER, see: 'Error rate 12.4 %' },
  {
    name: 'pager-of-incident',
    hash: '#/pager',
    state: { pages: [f.overdue] },
    sizes: PAGER,
    see: 'an update of an incident was missed',
  },
  {
    name: 'pager-several',
    hash: '#/pager',
    state: { pages: [f.long, ...open] },
    sizes: PAGER,
    see: '1 of 2 ringing',
  },
  {
    name: 'pager-pending',
    hash: '#/pager',
    state: { ...offline, pages: [pendingRow], queued: 1 },
    sizes: PAGER,
    see: 'Acknowledged on this computer',
  },
  {
    name: 'pager-acknowledged',
    hash: '#/pager',
    state: { pages: open },
    sizes: PAGER,
    see: 'Error rate 12.4 %',
    then: async (page, mock) => {
      mock.answers.state = () => f.state({ pages: [mineRow, f.long] });
      mock.tell({ topic: 'state' });
      await page.getByText('The ringing has stopped').waitFor();
    },
  },
  { name: 'pager-none', hash: '#/pager', state: {}, sizes: PAGER, see: 'Nothing rings for you.' },
  {
    name: 'pager-snooze',
    hash: '#/pager',
    state: { pages: open },
    sizes: PAGER,
    see: 'Connected to',
    then: async (page) => {
      await page.keyboard.press('s');
      await page.getByText('Until the morning').waitFor();
    },
  },
  { name: 'pager-details', hash: `#/pages/${f.PAGE}`, state: { pages: open }, sizes: PAGER, see: 'Rang you' },
];

drawn(scenes);
