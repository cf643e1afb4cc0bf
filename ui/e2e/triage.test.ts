import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Commands } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import * as t from './triage-found';
import { Mock, type Answers } from './mock';

/** Triage with hands, on a core that says what it is told to say. */
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

async function open(more: Answers = {}): Promise<void> {
  mock.answers = {
    state: () => f.state({ pages: [f.ringing] }),
    page: () => f.detail(f.ringing),
    pages_ended: () => [],
    ...l.answers(),
    triage_gather: () => 1,
    triage_suggest: () => ({ severity: 'SEV2', reasons: ['Many users are affected: SEV2.'] }),
    triage_scope: ({ percent }) =>
      percent > 100
        ? { code: 'refused', words: `percent: ${percent} is no share of the users.` }
        : { scope: percent >= 50 ? 'wide' : 'medium', words: `${percent} % of the users.` },
    triage_finish: () => l.CHECKOUT,
    ...more,
  };
  await page.goto(`${mock.url}#/triage/${f.PAGE}`);
  await page.getByText('Say how many are affected').waitFor();
  await expect.poll(() => page.getByLabel('What is broken').inputValue()).not.toBe('');
}
const asked = <N extends keyof Commands>(name: N) =>
  mock.asked.filter((a) => a.name === name).map((a) => a.args as Commands[N]['args']);
const finished = async () => {
  await expect.poll(() => asked('triage_finish').length).toBe(1);
  return asked('triage_finish')[0]!;
};
const scope = (name: string) => page.getByRole('group', { name: 'How many are affected?' }).getByText(name);

it('works the scope out of a percentage, and lets a person choose another one', async () => {
  await open();
  await page.keyboard.press('u');
  await page.keyboard.type('62,5');
  await page.getByText('62.5 % of the users.').waitFor();
  expect(await page.getByRole('radio', { name: 'Wide' }).isChecked()).toBe(true);
  await page.getByText('High', { exact: true }).click();
  await page.getByText('Many users are affected: SEV2.').waitFor();
  expect(asked('triage_suggest').at(-1)?.answers.scope).toBe('wide');

  await scope('Limited').first().click();
  await page.getByText('You chose “Limited” all the same.').waitFor();
  await page.keyboard.press('Control+Enter');
  const end = await finished();
  expect([end.percent, end.answers?.scope]).toEqual([62.5, 'limited']);
});

it('a percentage makes no less of what a person chose, and the suggestion knows of both', async () => {
  await open({
    triage_scope: ({ percent, chosen }) => ({
      scope: chosen ?? 'limited',
      words: chosen
        ? `${percent} % is limited. You chose ${chosen}, and that stays.`
        : `${percent} % is limited.`,
    }),
  });
  await scope('Wide').first().click();
  await page.getByText('High', { exact: true }).click();
  await page.getByLabel('Percent of users').fill('4');
  await page.getByText('4 % is limited. You chose wide, and that stays.').waitFor();
  expect(await page.getByRole('radio', { name: 'Wide' }).isChecked()).toBe(true);
  expect(asked('triage_scope').at(-1)).toEqual({ percent: 4, chosen: 'wide' });
  await expect
    .poll(() => asked('triage_suggest').at(-1))
    .toMatchObject({ answers: { scope: 'wide' }, percent: 4 });
});

it('what a number chose is chosen anew by the next number', async () => {
  await open();
  await page.getByLabel('Percent of users').fill('62');
  await page.getByText('62 % of the users.').waitFor();
  await page.getByLabel('Percent of users').fill('6');
  await page.getByText('6 % of the users.', { exact: true }).waitFor();
  expect(asked('triage_scope').every((a) => a.chosen === null)).toBe(true);
  const many = page.getByRole('group', { name: 'How many are affected?' });
  expect(await many.getByRole('radio', { name: 'Medium' }).isChecked()).toBe(true);
});

it('the page’s own alert is no neighbour, open incidents come first, and a runbook’s command says whose it is', async () => {
  await page.setViewportSize({ width: 1000, height: 700 });
  const glance = (n: number, summary: string) => ({
    id: `0190a1b2-0000-7000-8000-00000000090${n}`,
    service: 'payments-api',
    severity: 'SEV2' as const,
    page: f.PAGE,
    firing: true,
    summary,
    source: null,
    region: null,
    count: 1,
    started_at: f.at(-40),
    last_seen: f.at(-1),
    resolved_at: null,
  });
  await open({
    triage_gathered: () => ({
      ...t.gathered,
      alerts: {
        is: 'ok',
        found: [
          { alert: glance(1, 'What this is all about'), after_ms: 0, own: true },
          { alert: glance(2, 'Disk is full'), after_ms: 60_000, own: false },
        ],
      },
      first: t.gathered.first.map((step) => ({ ...step, command: 'shipit back pay', runbook: f.PAGE })),
    }),
  });
  const found = page.getByRole('region', { name: 'What was found' });
  await found.getByText('Disk is full').waitFor();
  expect(await found.getByText('What this is all about').count()).toBe(0);
  await found.getByText('From the reviewed runbook of the service.').waitFor();
  const into = found.getByRole('button', { name: 'Merge into it' });
  const box = (await into.boundingBox())!;
  const foot = (await page.locator('footer').first().boundingBox())!;
  expect(box.y + box.height, 'in sight without scrolling').toBeLessThan(foot.y);
});

it('says what is wrong with a percentage, and keeps none that is', async () => {
  await open();
  await page.keyboard.press('u');
  await page.keyboard.type('half');
  await page.getByText('Write a number from 0 to 100').waitFor();
  await page.getByLabel('Percent of users').fill('120');
  await page.getByText('percent: 120 is no share').waitFor();
  await page.keyboard.press('Control+Enter');
  expect((await finished()).percent).toBeNull();
});

it('declares for some people only, by keys alone', async () => {
  await open();
  await page.keyboard.press('v');
  await page.getByText('Who can see it besides you?').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Declare SEV2 privately' }).waitFor();
  await page.keyboard.press('Control+Enter');
  const { end } = await finished();
  expect(end.is === 'declare' && [end.people?.length, end.rings]).toEqual([1, null]);
});

it('pages more people for the incident that it declares', async () => {
  await open({ incidents_find: () => ({ rows: [], total: 0, updates: {} }) });
  await page.keyboard.press('p');
  await page.getByText('it is declared as SEV2, and they are rung for it').waitFor();
  await page.keyboard.press('Space');
  await page.getByLabel('What are they wanted for?').fill('Who knows the orders database?');
  await page.keyboard.press('Enter');
  const { end } = await finished();
  expect(end).toMatchObject({ is: 'declare', people: null });
  expect(end.is === 'declare' && end.rings).toMatchObject({ message: 'Who knows the orders database?' });
  expect(end.is === 'declare' && end.rings?.people.length).toBe(1);
});

it('pages more people for the incident that the page belongs to already', async () => {
  await open();
  await page.keyboard.press('p');
  await page.getByText('This page belongs to #').waitFor();
  await page.keyboard.press('Space');
  await page.getByLabel('What are they wanted for?').fill('The queue');
  await page.keyboard.press('Enter');
  const { end } = await finished();
  expect(end).toMatchObject({ is: 'merge', into: l.CHECKOUT, rings: { message: 'The queue' } });
});
