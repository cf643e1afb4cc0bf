import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Action, TrackerView } from '../src/host/types';
import { accessibility, Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';

/** Where tickets are made, as an admin sets it up and as others see it. */
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
  await page.setViewportSize({ width: 1000, height: 900 });
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

const jira: TrackerView = {
  setup: {
    tracker: 'jira',
    address: 'https://acme.atlassian.net',
    kind: 'cloud',
    project: 'OPS',
    issue_type: 'Task',
    account: 'ana@acme.example',
  },
  last_heard: f.at(-4),
  last_error: null,
};

async function open(trackers: () => TrackerView[], role: 'admin' | 'responder' = 'admin') {
  const me = f.state().me;
  mock.answers = {
    ...mock.answers,
    ...l.answers({ incidents: [] }),
    state: () => f.state({ me: me && { ...me, role } }),
    trackers,
    tracker_save: () => jira,
    tracker_remove: () => null,
  };
  mock.tell({ topic: 'state' });
  await page.goto(`${mock.url}#/settings/team`);
  await page.getByRole('heading', { name: 'Tickets of actions' }).waitFor();
}
const asked = (name: string) => mock.asked.filter((a) => a.name === name).map((a) => a.args);

it('an admin sets up Jira, is told what is wrong beside the form, and nothing typed is lost', async () => {
  let there: TrackerView[] = [];
  await open(() => there);
  await page.getByText('Jira: not set up.').waitFor();
  await page.getByRole('button', { name: 'Set up Jira' }).click();
  const form = page.getByRole('form', { name: 'Set up Jira' });
  await form.getByLabel('Address').fill('https://acme.atlassian.net');
  await form.getByLabel('Project').fill('OPS');
  await form.getByLabel('Account').fill('ana');
  await form.getByLabel('Token').fill('ATATT3x');
  mock.answers.tracker_save = () => ({
    code: 'bad_input',
    words: 'setup.account: write the e-mail address.',
  });
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByRole('alert').getByText('write the e-mail address').waitFor();
  expect(await form.getByLabel('Token').inputValue()).toBe('ATATT3x');
  expect(await accessibility(page)).toEqual([]);
  await form.getByLabel('Account').fill('ana@acme.example');
  mock.answers.tracker_save = () => {
    there = [jira];
    return jira;
  };
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Jira: OPS').waitFor();
  await page.getByText('Actions that wait for a ticket get it now').waitFor();
  expect(asked('tracker_save').at(-1)).toEqual({
    tracker: { setup: jira.setup, token: 'ATATT3x' },
  });
});

it('a token that stays is not sent again, and removing asks first', async () => {
  let there = [jira];
  await open(() => there);
  await page.getByRole('button', { name: 'Change Jira' }).click();
  const form = page.getByRole('form', { name: 'Change Jira' });
  expect(await form.getByLabel('Token').inputValue()).toBe('');
  await form.getByLabel('Type').fill('Bug');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'detached' });
  expect(asked('tracker_save')).toEqual([
    { tracker: { setup: { ...jira.setup, issue_type: 'Bug' }, token: null } },
  ]);
  await page.getByRole('button', { name: 'Remove Jira' }).click();
  expect(asked('tracker_remove')).toEqual([]);
  there = [];
  await page.getByRole('button', { name: /Remove Jira: its tickets stay/ }).click();
  await page.getByText('Jira: not set up.').waitFor();
  expect(asked('tracker_remove')).toEqual([{ tracker: 'jira' }]);
});

it('others see where tickets are made, and change nothing', async () => {
  await open(() => [jira], 'responder');
  await page.getByText('Jira: OPS').waitFor();
  await page.getByText('An admin of the team sets this up.').waitFor();
  expect(await page.getByRole('button', { name: /Jira|GitHub/ }).count()).toBe(0);
});

it('whoever was told why there is no ticket can ask again, in either tracker', async () => {
  const github: TrackerView = {
    ...jira,
    setup: { tracker: 'github', address: 'https://api.github.com', repository: 'acme/shop' },
  };
  const action: Action = {
    id: 'a0000000-0000-4000-8000-000000000001',
    title: 'Add the index',
    description: '',
    kind: null,
    owner: 'ana',
    priority: 'P2',
    due: null,
    status: 'open',
    reason: null,
    status_at: null,
    after: null,
    before: null,
    created_at: f.at(-60),
    created_by: 'ana',
    wanted: null,
    ticket: null,
    ticket_failed: null,
    pending: false,
  };
  let [wanted, failed]: [Action['wanted'], string | null] = ['jira', null];
  const incident = 'b0000000-0000-4000-8000-000000000001';
  mock.answers = {
    ...mock.answers,
    ...l.answers({ incidents: [] }),
    trackers: () => [github, jira],
    actions: () => ({
      rows: [
        {
          action: { ...action, wanted, ticket_failed: failed },
          incident,
          number: 7,
          postmortem: 'Checkout',
          days_overdue: null,
        },
      ],
      follow_through: null,
      may_write: true,
    }),
    postmortem_set: () => null,
  };
  mock.tell({ topic: 'state' });
  await page.goto(`${mock.url}#/actions`);
  await page.getByText('a ticket in Jira was asked for').waitFor();
  expect(await page.getByRole('button', { name: 'Ticket in' }).count()).toBe(0);
  failed = 'Jira does not take the ticket because of its field `team`. Change that, then ask again.';
  await page.reload();
  await page.getByText('then ask again').waitFor();
  for (const [name, tracker] of [
    ['Ticket in Jira', 'jira'],
    ['Ticket in GitHub', 'github'],
  ] as const) {
    mock.asked.length = 0;
    await page.getByRole('button', { name }).click();
    await expect
      .poll(() => asked('postmortem_set'))
      .toMatchObject([{ incident, change: { change: { field: 'ask', tracker } } }]);
  }
  // Deleted in the tracker: nobody wants a new one yet.
  [wanted, failed] = [null, 'OPS-1 is not in Jira any more. If a ticket is still needed, ask again.'];
  await page.reload();
  await page.getByText('OPS-1 is not in Jira any more').waitFor();
  await page.getByRole('button', { name: 'Ticket in Jira' }).waitFor();
  expect(await accessibility(page)).toEqual([]);
});
