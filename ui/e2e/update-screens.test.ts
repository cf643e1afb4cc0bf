import type { Page } from 'playwright-core';
import type { CadenceState, IncidentInRoom, WindowState } from '../src/host/types';
import * as f from './fixtures';
import * as l from './library';
import type { Answers } from './mock';
import { room } from './room';
import { drawn, type Scene } from './scenes';
import * as u from './update';

const hash = `#/incidents/${l.CHECKOUT}`;
const offline: Partial<WindowState> = {
  connection: {
    state: 'offline',
    since: f.at(-15),
    server: 'pager.acme.example',
    words: 'pager.acme.example cannot be reached: the network is down.',
    unreachable_alarm: false,
  },
};
type Core = Parameters<typeof u.compose>[1];
const core = (more: Core = {}): Answers => ({ update_compose: (args) => u.compose(args, more) });
const inside = (more: Partial<IncidentInRoom>): Answers => ({
  incident: () => l.detail(l.checkout, more),
});
const cadence = (updates: CadenceState) => inside({ room: room({ updates }) });
const next = (due: number) => ({
  since: f.at(-60),
  remind_at: f.at(due - 5),
  due_at: f.at(due),
  missed_at: f.at(due),
  every: '15m',
});
/** `u`, and it is there to be written in. */
const open = async (page: Page): Promise<void> => {
  await page.keyboard.press('u');
  await page.getByRole('button', { name: /^Send/ }).waitFor();
  await page.getByLabel('What users experience').waitFor();
};
const known = (page: Page, text: string) => page.getByLabel('What we know').fill(text);
const dialog = '[role=dialog]';
const history = (events: IncidentInRoom['history']) =>
  inside({ history: [...l.detail().history, ...events] });

const scenes: Scene[] = [
  { name: 'update', hash, answers: core(), see: 'next update in', then: open, aria: dialog },
  {
    name: 'update-findings',
    hash,
    answers: core(),
    see: 'next update in',
    then: async (page) => {
      await open(page);
      await known(page, 'The rollback of payments-api is under way; Ben Okafor watches it.');
      await page.getByText('9 places to look at').waitFor();
    },
    aria: '[role=group][aria-label="What each audience reads"]',
  },
  {
    name: 'update-resolved',
    hash,
    answers: core(),
    see: 'next update in',
    then: async (page) => {
      await open(page);
      await page.keyboard.press('Alt+4');
      await page.getByLabel('What happened').fill('A release refused valid cards.');
      await page.getByRole('button', { name: 'Send to 5 audiences and resolve' }).waitFor();
    },
  },
  {
    name: 'update-status',
    hash,
    answers: core(),
    see: 'next update in',
    then: async (page) => {
      await open(page);
      await page.keyboard.press('Alt+3');
      await page.getByLabel('Text for internal').fill('Ben watches the error rate; do not deploy.');
      await page.getByText('written by hand').waitFor();
      await page.keyboard.press('Alt+1');
      await page.getByText('this text has not').waitFor();
    },
  },
  {
    name: 'update-first',
    hash,
    answers: core({ begins: u.nothing, status: 'investigating' }),
    see: 'next update in',
    then: open,
  },
  {
    name: 'update-offline',
    hash,
    state: offline,
    answers: {
      ...l.answers({ sync: l.offline }),
      ...core({ waiting_since: f.at(-4) }),
    },
    see: 'next update in',
    then: async (page) => {
      await open(page);
      await page.getByText('Until then nobody sees it').waitFor();
    },
  },
  {
    name: 'update-meanwhile',
    hash,
    answers: core(),
    see: 'next update in',
    then: async (page, mock) => {
      // Of the size before: nobody has sent one yet.
      mock.answers.update_compose = (args) => u.compose(args);
      await open(page);
      await known(page, 'Two banks are affected.');
      mock.answers.update_compose = (args) => u.compose(args, { last: u.sent(1, -1, 'ben') });
      mock.tell({ topic: 'incident', incident: l.CHECKOUT });
      await page.getByText('Ben Okafor sent an update').waitFor();
      await page.getByText('Their words', { exact: true }).click();
    },
    aria: dialog,
  },
  {
    name: 'update-refused',
    hash,
    answers: {
      ...core(),
      update_send: () => ({ code: 'refused', words: 'The disk of this computer is full: nothing was sent.' }),
    },
    see: 'next update in',
    then: async (page) => {
      await open(page);
      await page.keyboard.press('Control+Enter');
      await page.getByText('The disk of this computer is full').waitFor();
    },
  },
  {
    name: 'update-too-late',
    hash,
    answers: core(),
    see: 'next update in',
    then: async (page) => {
      await open(page);
      await page.getByLabel('Time of the next update').fill('2099-01-01 10:00');
      await page.getByText('Too late for SEV1').waitFor();
    },
  },
  {
    name: 'update-broken-template',
    hash,
    answers: core({ broken: 'public' }),
    see: 'next update in',
    then: async (page) => {
      await open(page);
      await page.getByText('Write the text by hand').waitFor();
    },
  },
  {
    name: 'update-long',
    hash,
    answers: core({ begins: { ...u.told, impact: u.LONG, doing: u.LONG } }),
    see: 'next update in',
    then: open,
  },
  {
    name: 'update-correction',
    hash,
    answers: {
      ...core({ corrects: u.sent(1, -12, 'chi'), statuses: [] }),
      ...history([{ at: f.at(-1.6), event: { type: 'update_sent', by: 'chi', update: u.sentUpdate(1) } }]),
    },
    see: 'next update in',
    then: async (page) => {
      await page.getByRole('button', { name: /^Correct the update of Chi Tran/ }).click();
      await page.getByText('Takes the place of what Chi Tran sent').waitFor();
    },
  },
  {
    name: 'update-sent',
    hash,
    answers: history([
      { at: f.at(-1.6), event: { type: 'update_sent', by: 'chi', update: u.sentUpdate(1) } },
      {
        at: f.at(-1.2),
        event: {
          type: 'update_sent',
          by: 'chi',
          update: u.sentUpdate(2, {
            corrects: u.sentUpdate(1).id,
            texts: { internal: 'Not nine of ten orders: four of ten.' },
          }),
        },
      },
    ]),
    see: 'Not nine of ten orders',
    aria: '[role=log]',
  },
  {
    name: 'update-no-news',
    hash,
    answers: inside({ no_news_at: f.at(10) }),
    see: 'goes out in',
    aria: 'article header',
  },
  {
    name: 'update-no-news-unsent',
    hash,
    answers: inside({
      no_news_unsent: 'This incident is closed; nothing about it changes any more.',
    }),
    see: 'was not sent',
    aria: 'article header',
  },
  {
    name: 'update-missed',
    hash,
    answers: cadence({ is: 'missed', next: next(-4), times: 1 }),
    see: 'update missed',
  },
  { name: 'update-due', hash, answers: cadence({ is: 'reminding', next: next(-1.5) }), see: 'update due' },
  { name: 'update-none-due', hash, answers: cadence({ is: 'quiet' }), see: 'no update due' },
];
drawn(scenes);
