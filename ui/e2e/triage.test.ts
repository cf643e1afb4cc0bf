import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Commands } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
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
