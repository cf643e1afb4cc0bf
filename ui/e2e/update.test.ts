import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Commands } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock, type Answers } from './mock';
import * as u from './update';

/** Updates with hands, on a core that fills in its templates and says what it is told to say. */
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
  kept.clear();
  say();
  page = await browser.window(errors);
  await page.setViewportSize({ width: 1000, height: 700 });
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

const kept = new Map<string, string>();
type Core = Parameters<typeof u.compose>[1];
function say(core: Core = {}, more: Answers = {}): void {
  mock.answers = {
    state: () => f.state(),
    pages_ended: () => [],
    channels: () => f.channels,
    devices: () => f.devices,
    ...l.answers(),
    typed_all: () => Object.fromEntries(kept),
    typed_keep: ({ form, words }) => {
      kept.set(form, words);
      return null;
    },
    update_compose: (args) => u.compose(args, core),
    update_send: () => null,
    ...more,
  };
}
const asked = <N extends keyof Commands>(name: N) =>
  mock.asked.filter((a) => a.name === name).map((a) => a.args as Commands[N]['args']);
const field = (name: string) => page.getByLabel(name, { exact: true });
const textFor = (audience: string) => field(`Text for ${audience}`);
async function open(): Promise<void> {
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByText(/next update/).waitFor();
  await page.keyboard.press('u');
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
}
const closed = () => page.getByRole('dialog').waitFor({ state: 'detached' });

it('an update is three actions: u, what is new, Ctrl Enter; the last words typed are in what goes out', async () => {
  await open();
  await page.keyboard.press('End');
  await page.keyboard.type(' Two banks are affected.');
  await page.keyboard.press('Control+Enter');
  await closed();
  const [sent] = asked('update_send');
  expect(sent?.told.known).toBe('It began with the release of 02:02. Two banks are affected.');
  expect(sent?.told.status).toBeNull();
  expect(Object.keys(sent?.texts ?? {})).toEqual([
    'public',
    'customers',
    'internal',
    'executives',
    'support_and_sales',
  ]);
  for (const text of Object.values(sent?.texts ?? {})) expect(text).toContain('Two banks are affected.');
  await expect.poll(() => [...kept.values()].filter(Boolean)).toEqual([]);
});

it('the button says what goes out and what it does; audiences, status and time by keyboard alone', async () => {
  await open();
  await page.keyboard.press('Alt+3');
  await page.getByRole('button', { name: 'Send to 5 audiences and set to monitoring' }).waitFor();
  await page.getByText('Sets it to monitoring').waitFor();
  await page.keyboard.press('Alt+2');
  await page.getByText('It stays identified.').waitFor();
  await page.keyboard.press('Alt+4');
  await field('How it was fixed').waitFor();
  await page.getByText('No further update is due.', { exact: true }).waitFor();
  await page.keyboard.press('Alt+3');
  for (const name of ['public', 'customers', 'executives', 'support and sales']) {
    await page.getByRole('checkbox', { name, exact: true }).focus();
    await page.keyboard.press('Space');
  }
  await page.getByRole('button', { name: 'Send to internal and set to monitoring' }).waitFor();
  await page.getByText('Chosen by you.').waitFor();
  await page.getByRole('radio', { name: 'in 30 min' }).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Control+Enter');
  await closed();
  const [sent] = asked('update_send');
  expect(Object.keys(sent?.texts ?? {})).toEqual(['internal']);
  expect([sent?.told.status, sent?.told.next_update]).toEqual(['monitoring', f.at(30)]);
});

it('with no audience nothing is sent, and it says so', async () => {
  await open();
  const boxes = page.getByRole('dialog').getByRole('checkbox');
  for (const box of await boxes.all()) if (await box.isChecked()) await box.uncheck();
  await page.getByText('Choose who gets it').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('choose at least one audience').waitFor();
  expect(asked('update_send')).toEqual([]);
});

it('words of ours in public text are marked; one key replaces each, and the template can come back', async () => {
  await open();
  await field('What we know').fill('The rollback of payments-api is under way; Ben Okafor watches it.');
  await page
    .getByText('9 places to look at in the text for public, customers and support and sales')
    .waitFor();
  const found = page.locator('[data-audience=public] .found');
  expect(await found.allInnerTexts()).toEqual(['rollback', 'payments-api', 'Ben Okafor']);
  expect(await page.locator('[data-audience=internal] .found').count()).toBe(0);
  await textFor('public').focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+.');
  await expect
    .poll(() => textFor('public').inputValue())
    .toContain('The going back to the earlier version of');
  await expect.poll(() => found.allInnerTexts()).toEqual(['payments-api', 'Ben Okafor']);
  await page.keyboard.press('Control+.');
  await page.keyboard.press('Control+.');
  await expect
    .poll(() => textFor('public').inputValue())
    .toContain('of Payments API is under way; our team watches');
  await expect.poll(() => found.count()).toBe(0);
  await page.getByText('written by hand').waitFor();
  await page
    .locator('[data-audience=customers]')
    .getByRole('button', { name: /rollback: Replace with/ })
    .click();
  await expect.poll(() => textFor('customers').inputValue()).toContain('The going back to');
  await page.locator('[data-audience=public]').getByRole('button', { name: 'Back to the template' }).click();
  await expect.poll(() => textFor('public').inputValue()).toContain('The rollback of payments-api');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('“payments-api”').waitFor();
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send')[0]?.texts.customers).toContain('The going back to');
});

it('what is marked goes out by a second press, and by none that comes before it was said', async () => {
  await open();
  const known = field('What we know');
  await known.fill('Waiting for payments-api.');
  await page.keyboard.press('Control+Enter');
  const asking = page
    .getByRole('alert')
    .getByText('Marked, and readers outside would see it: “payments-api”.');
  await asking.waitFor();
  await page.getByRole('button', { name: 'Send as it is to 5 audiences' }).waitFor();
  expect(asked('update_send')).toEqual([]);
  // Typing takes the question back; another word is another question.
  await known.fill('Ben Okafor looks at payments-api.');
  await asking.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('“Ben Okafor” and “payments-api”').waitFor();
  expect(asked('update_send')).toEqual([]);
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send')[0]?.texts.public).toContain('Ben Okafor looks at payments-api.');
});

it('marks of audiences that do not get it hold nothing back', async () => {
  await open();
  for (const name of ['public', 'customers', 'support and sales'])
    await page.getByRole('checkbox', { name, exact: true }).uncheck();
  await field('What we know').fill('Ben Okafor looks at payments-api.');
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(Object.keys(asked('update_send')[0]?.texts ?? {})).toEqual(['internal', 'executives']);
});

it('the last update begins with what happened, and goes there when it becomes the last one', async () => {
  say({ status: 'resolved', statuses: ['investigating', 'resolved'] });
  await open();
  const hasFocus = (name: string) => field(name).evaluate((e) => e === document.activeElement);
  await expect.poll(() => hasFocus('What happened')).toBe(true);
  await page.keyboard.press('Escape');
  await closed();
  say();
  await page.keyboard.press('u');
  await expect.poll(() => hasFocus('What we know')).toBe(true);
  await page.keyboard.press('Alt+4');
  await expect.poll(() => hasFocus('What happened')).toBe(true);
  await page.keyboard.press('Alt+1');
  await expect.poll(() => hasFocus('What we know')).toBe(true);
});

it('an alert’s words stay inside: the headline for readers outside is suggested, and can be another one', async () => {
  const suggested = { ...u.told, headline: 'Payments: errors' };
  say({ headline: 'Payments: errors', begins: suggested });
  await open();
  expect(await field('Headline for readers outside').inputValue()).toBe('Payments: errors');
  await field('Headline for readers outside').fill('Paying by card fails');
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send')[0]?.told.headline).toBe('Paying by card fails');
});

it('a text written by hand says when the fields have gone on without it', async () => {
  await open();
  await textFor('internal').fill('Ben watches the error rate; do not deploy.');
  await page.getByText('written by hand').waitFor();
  expect(await page.getByText('this text has not').count()).toBe(0);
  await page.keyboard.press('Alt+3');
  await page.getByText('this text has not').waitFor();
  expect(await textFor('internal').inputValue()).toBe('Ben watches the error rate; do not deploy.');
  // Whoever goes on writing in it has seen that.
  await textFor('internal').fill('Monitoring now: Ben watches the error rate; do not deploy.');
  await expect.poll(() => page.getByText('this text has not').count()).toBe(0);
});

it('what was typed is there again after closing it, and after a restart', async () => {
  await open();
  await field('What we are doing').fill('Waiting for the bank.');
  await page.keyboard.press('Alt+3');
  await page.getByRole('checkbox', { name: 'managers' }).check();
  await page.keyboard.press('Escape');
  await closed();
  await page.keyboard.press('u');
  await expect.poll(() => field('What we are doing').inputValue()).toBe('Waiting for the bank.');
  await expect
    .poll(() => [...kept.values()].some((words) => words.includes('Waiting for the bank.')))
    .toBe(true);
  await page.goto('about:blank');
  await open();
  expect(await field('What we are doing').inputValue()).toBe('Waiting for the bank.');
  await page.getByRole('button', { name: 'Send to 6 audiences and set to monitoring' }).waitFor();
});

it('a refused one keeps every word and says why at the top', async () => {
  say({}, { update_send: () => ({ code: 'refused', words: 'The text for public is too long.' }) });
  await open();
  await field('What we know').fill('Two banks.');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('The text for public is too long.').waitFor();
  expect(await field('What we know').inputValue()).toBe('Two banks.');
  say();
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send').length).toBe(2);
});

it('what the rules refuse is said before anybody sends it', async () => {
  say({ refused: 'This incident is closed; nothing about it changes any more.', statuses: [] });
  await open();
  await page.getByRole('alert').getByText('This incident is closed').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('This incident is closed').waitFor();
  expect(asked('update_send')).toEqual([]);
});

it('a template that cannot be filled in leads to its text, which is written by hand', async () => {
  say({ broken: 'public' });
  await open();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('The text for public is empty').waitFor();
  await expect.poll(() => textFor('public').evaluate((e) => e === document.activeElement)).toBe(true);
  await page.keyboard.type('We are looking into payments.');
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send')[0]?.texts.public).toBe('We are looking into payments.');
});

it('the next update is never later than the severity allows, and says how late that is', async () => {
  await open();
  expect(await page.getByRole('radio', { name: 'in 1 h' }).isDisabled()).toBe(true);
  const time = page.getByLabel('Time of the next update');
  await time.fill('2099-01-01 10:00');
  await page.getByText('Too late for SEV1').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').waitFor();
  await expect.poll(() => time.evaluate((e) => e === document.activeElement)).toBe(true);
  await time.fill('whenever');
  await page.getByText('This is not a time.').waitFor();
  await time.fill('');
  await page.getByRole('radio', { name: 'as soon as we learn more' }).check();
  await page.getByText('You are reminded in 15 min all the same.').waitFor();
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send').map((a) => a.told.next_update)).toEqual([null]);
});

it('somebody else sends one meanwhile: who and when is said, their words can be taken, and yours come back', async () => {
  await open();
  await field('What we know').fill('Two banks are affected.');
  const theirs = u.sent(1, -1, 'ben', { told: { ...u.told, known: 'It is one bank.' } });
  say({ last: theirs });
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByText(/^Ben Okafor sent an update \d\d:\d\d \(1 min ago\)/).waitFor();
  expect(await field('What we know').inputValue()).toBe('Two banks are affected.');
  await page.getByRole('button', { name: 'Begin from their words' }).click();
  await expect.poll(() => field('What we know').inputValue()).toBe('It is one bank.');
  await page.getByRole('button', { name: 'Back to mine' }).click();
  await expect.poll(() => field('What we know').inputValue()).toBe('Two banks are affected.');
  await expect.poll(() => page.getByText('sent an update').count()).toBe(0);
  // A draft that lay for a while hears of it too.
  await page.keyboard.press('Escape');
  await closed();
  say({ last: u.sent(2, 0, 'chi') });
  await page.keyboard.press('u');
  await page.getByText(/^Chi Tran sent an update/).waitFor();
  await page.getByRole('button', { name: 'Keep mine' }).click();
  await expect.poll(() => page.getByText('sent an update').count()).toBe(0);
  // One's own, which waited for the network, is no news.
  mock.asked.length = 0;
  say({ last: u.sent(3, 0, 'ana'), waiting_since: f.at(-2) });
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByText('waits for the team').waitFor();
  expect(await page.getByText('sent an update').count()).toBe(0);
  expect(await field('What we know').inputValue()).toBe('Two banks are affected.');
});

it('a status that somebody else has set meanwhile is not set again', async () => {
  await open();
  await page.keyboard.press('Alt+3');
  await page.getByRole('button', { name: /set to monitoring/ }).waitFor();
  say(
    {},
    {
      update_compose: (args) => {
        const answer = u.compose(args, { status: 'monitoring' });
        return { ...answer, told: { ...answer.told, status: null } };
      },
    },
  );
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByText('It stays monitoring.').waitFor();
  await page.getByRole('button', { name: 'Send to 5 audiences', exact: true }).waitFor();
});

it('typing never waits, and the latest answer counts', async () => {
  await open();
  mock.asked.length = 0;
  await field('What we know').fill('');
  await field('What we know').pressSequentially('Cards of two banks are refused since 02:02', { delay: 10 });
  await expect
    .poll(() => textFor('public').inputValue())
    .toContain('Cards of two banks are refused since 02:02');
  expect(asked('update_compose').length).toBeLessThan(20);
});

it('a correction begins with the words that were sent, for those who read them, and moves neither status nor time', async () => {
  const first = u.sent(1, -12, 'chi');
  say(
    { corrects: first, statuses: [], begins: { ...u.told, known: 'The cause is a slow query.' } },
    {
      incident: () =>
        l.detail(l.checkout, {
          history: [{ at: first.at, event: { type: 'update_sent', by: 'chi', update: first.update } }],
        }),
    },
  );
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  const tabs = page.getByRole('tablist', { name: 'Texts by audience' });
  await tabs.getByRole('tab', { name: 'internal' }).click();
  await page.getByText('Ben rolls payments-api back').waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByText('How this affects you').waitFor();
  await page.getByRole('button', { name: 'Correct the update of Chi Tran' }).click();
  await page.getByText(/Takes the place of what Chi Tran sent/).waitFor();
  expect(await field('What we know').inputValue()).toBe('The cause is a slow query.');
  expect(await page.getByRole('dialog').getByRole('radio').count()).toBe(0);
  await field('What we know').fill('The cause is a full disk.');
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send')[0]?.corrects).toBe(first.update.id);
  expect(asked('update_compose').every((a) => a.corrects === first.update.id)).toBe(true);
});

it('offline it says what will happen, and sends all the same', async () => {
  say({}, l.answers({ sync: l.offline }));
  mock.answers.update_compose = (args) => u.compose(args);
  await open();
  await page.getByText('Offline: it is sent as soon as the team is reached, with its status.').waitFor();
  await page.keyboard.press('Control+Enter');
  await closed();
  expect(asked('update_send').length).toBe(1);
});

it('says who is told automatically, beside the text that they get', async () => {
  await open();
  const section = (name: string) => page.getByRole('region', { name, exact: true });
  await section('executives').getByText('Told automatically: Devika Ramanathan.').waitFor();
  await section('internal').getByText('Told automatically: Chi Tran.').waitFor();
  // Without a text of their own, executives get the one for inside.
  await page.getByRole('checkbox', { name: 'executives' }).uncheck();
  await section('internal').getByText('Told automatically: Devika Ramanathan and Chi Tran.').waitFor();
});
