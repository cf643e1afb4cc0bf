import type { Page } from 'playwright-core';
import type { WindowState } from '../src/host/types';
import * as f from './fixtures';
import * as l from './library';
import { savedViews } from './listing';
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
const press =
  (keys: string, see: string) =>
  async (page: Page): Promise<void> => {
    for (const key of keys.split(' ')) await page.keyboard.press(key);
    await page.getByText(see).first().waitFor();
  };

const scenes: Scene[] = [
  {
    name: 'incidents',
    hash: '#/incidents',
    see: 'Mails are sent an hour late',
    aria: '#main',
  },
  {
    name: 'incidents-all',
    hash: '#/incidents',
    see: 'Mails are sent an hour late',
    then: press('v', 'Payments fail in one region'),
  },
  {
    name: 'incidents-none',
    hash: '#/incidents',
    answers: l.answers({ incidents: [] }),
    see: 'No incident yet.',
  },
  {
    name: 'incidents-none-open',
    hash: '#/incidents',
    answers: l.answers({ incidents: l.ended }),
    see: 'No incident is open.',
  },
  {
    name: 'incidents-no-match',
    hash: '#/incidents',
    see: 'Mails are sent an hour late',
    then: async (page) => {
      await page.keyboard.press('f');
      await page.keyboard.type('kafka');
      await page.getByText('No incident matches').waitFor();
    },
  },
  {
    name: 'incidents-3000',
    hash: '#/incidents',
    answers: l.answers({ incidents: l.many(3_000) }),
    see: 'Incident 3000:',
    then: press('v j j', 'Incident 2998:'),
  },
  {
    name: 'incidents-10000',
    hash: '#/incidents',
    answers: l.answers({ incidents: l.many(10_000) }),
    see: 'Incident 10000:',
    then: async (page) => {
      await page.keyboard.press('v');
      await page.getByText('10,000').first().waitFor();
      await page.getByRole('listbox').evaluate((box) => box.scrollTo({ top: box.scrollHeight / 2 }));
      await page.getByText('Incident 5000:').waitFor();
    },
  },
  {
    name: 'incidents-filtered',
    hash: '#/incidents',
    answers: l.answers({ incidents: [l.long, ...l.three, ...l.many(3_000)] }),
    see: 'Checkout answers with 502',
    then: async (page) => {
      await page.keyboard.press('v');
      await page.keyboard.press('f');
      await page.getByLabel('Service', { exact: true }).selectOption('payments-api');
      await page.getByRole('button', { name: 'SEV1' }).click();
      await page.getByLabel('Person', { exact: true }).selectOption('ana');
      await page.getByLabel('Part', { exact: true }).selectOption('commander');
      await page.getByLabel('Declared', { exact: true }).selectOption('7');
      await page.getByText('declared in the last 7 days').waitFor();
      await page.getByRole('button', { name: 'Save as a view' }).click();
      await page.keyboard.type('My payments');
    },
    aria: '#main',
  },
  {
    name: 'incidents-saved-view',
    hash: '#/incidents',
    answers: {
      ...l.answers({ incidents: [l.long, ...l.three, ...l.many(300)] }),
      typed_all: () => ({ 'views:incidents': savedViews }),
    },
    see: 'Checkout answers with 502',
    then: press('3', 'Delete the view'),
    aria: '#main',
  },
  {
    name: 'incidents-export',
    hash: '#/incidents',
    see: 'Mails are sent an hour late',
    then: press('x', 'CSV, for a spreadsheet'),
    aria: '[role=dialog]',
  },
  {
    name: 'incidents-exported',
    hash: '#/incidents',
    see: 'Mails are sent an hour late',
    then: press('x Enter', '3 incidents saved to'),
  },
  {
    name: 'incidents-refused',
    hash: '#/incidents',
    answers: {
      ...l.answers(),
      incidents_find: () => ({
        code: 'store',
        words: 'The store could not be read or written; check the free space of the disk.',
      }),
    },
    see: 'check the free space',
  },
  {
    name: 'incidents-long-offline',
    hash: '#/incidents',
    state: offline,
    answers: l.answers({ incidents: [l.long, ...l.three], sync: l.offline }),
    see: 'Checkout answers with 502',
  },
];
drawn(scenes);
