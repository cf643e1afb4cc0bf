import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Commands, Room } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock, type Answers } from './mock';
import { room as made } from './room';

/** The links and the related incidents of a room, with hands, on a core that says what it is told to say. */
let mock: Mock;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  mock = await Mock.start();
  browser = await Browser.start();
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
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

async function open(room: () => Partial<Room> = () => ({}), more: Answers = {}): Promise<void> {
  mock.answers = {
    state: () => f.state(),
    pages_ended: () => [],
    ...l.answers(),
    incident: ({ incident: id }) => {
      const row = [...l.three, ...l.ended].find((r) => r.incident.id === id) ?? l.checkout;
      return l.detail(row, { room: made(id === l.CHECKOUT ? room() : {}) });
    },
    open_link: () => null,
    record_set: () => ({ writer: '0190a1b2-0000-7000-9000-000000999999', counter: 1 }),
    relate: () => null,
    ...more,
  };
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await page.getByRole('group', { name: 'Links' }).waitFor();
}
const asked = <N extends keyof Commands>(name: N) =>
  mock.asked.filter((a) => a.name === name).map((a) => a.args as Commands[N]['args']);
const press = async (keys: string) => {
  for (const key of keys.split(' ')) await page.keyboard.press(key);
};

it('opens and copies its links by keys, and writes the one that is missing', async () => {
  await open();
  await press('v b');
  await expect.poll(() => asked('open_link')).toEqual([{ url: 'https://meet.acme.example/checkout' }]);
  await press('y d');
  await page.getByText('The link of the dashboard is copied.').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'https://grafana.acme.example/d/payments',
  );
  await press('v c');
  await page.getByRole('textbox', { name: 'Channel' }).fill('https://slack.com/archives/C1');
  await page.keyboard.press('Enter');
  await expect.poll(() => asked('record_set').length).toBe(1);
  expect(asked('record_set')[0]).toMatchObject({ field: 'channel', value: 'https://slack.com/archives/C1' });
});

it('a link that is taken away is none', async () => {
  await open(() => ({}), {
    incident: () =>
      l.detail(l.checkout, {
        fields: {
          bridge: {
            value: 'https://meet.acme.example/checkout',
            write: { writer: '0190a1b2-0000-7000-9000-000000999999', counter: 3 },
            author: 'ana',
            at: f.at(-3),
            pending: false,
            overruled: 0,
          },
        },
      }),
  });
  await page.getByRole('button', { name: 'Edit: Bridge' }).click();
  await page.getByRole('textbox', { name: 'Bridge' }).fill('');
  await page.keyboard.press('Enter');
  await expect.poll(() => asked('record_set').length).toBe(1);
  expect(asked('record_set')[0]).toMatchObject({ field: 'bridge', value: null, replaces: { counter: 3 } });
});

it('relates a suggested incident, says why, and opens it by keys', async () => {
  const other = l.ended[1]!.incident.id;
  let related: Room['related'] = [];
  await open(() => ({ related }), {
    relate: ({ other: which, reason }) => {
      related = [{ incident: which, reason, by: 'ana', at: f.at(0), pending: false }];
      return null;
    },
  });
  await press('v r');
  await page.getByText('same service: Payments API').waitFor();
  await page.keyboard.type('region');
  await page.keyboard.press('Enter');
  await page.getByText('Relate to #211 Payments fail in one region').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Say what they have to do with each other.').waitFor();
  await page.keyboard.type('The same slow query');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => asked('relate'))
    .toEqual([{ incident: l.CHECKOUT, other, reason: 'The same slow query', related: true }]);
  await page.getByRole('complementary').getByText('The same slow query').waitFor();

  await press('v r');
  await page.getByRole('option', { name: /#211/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/incidents/${other}`);
});

it('ends what was no relation, with a reason', async () => {
  const other = l.ended[1]!.incident.id;
  await open(
    () => ({ related: [{ incident: other, reason: 'One query', by: 'ben', at: f.at(-9), pending: false }] }),
    { relate: () => ({ code: 'refused', words: 'Let the same people see both first.' }) },
  );
  await page.getByRole('button', { name: 'Not related to #211 Payments fail in one region' }).click();
  await page.getByLabel('Why are they not related?').fill('Another query');
  await page.keyboard.press('Enter');
  await page.getByText('Let the same people see both first.').waitFor();
  expect(asked('relate')).toEqual([{ incident: l.CHECKOUT, other, reason: 'Another query', related: false }]);
});

it('a line that the record answers is done, says by what, and can be taken back', async () => {
  const linked = {
    item: { id: 'bridge', text: 'The bridge link is posted', role: 'commander' as const },
    done: true,
    by: 'ben',
    at: f.at(-3),
    pending: false,
    known: 'linked' as const,
  };
  await open(() => ({ phase: 'mobilise', checklists: [{ phase: 'mobilise', items: [linked] }] }), {
    room_set: () => null,
  });
  const box = page.getByRole('checkbox', { name: /^The bridge link is posted its link is set: Ben Okafor/ });
  await expect.poll(() => box.isChecked()).toBe(true);
  await box.click();
  await expect
    .poll(() => asked('room_set'))
    .toEqual([
      {
        incident: l.CHECKOUT,
        change: { what: 'tick', phase: 'mobilise', item: 'bridge', done: false },
      },
    ]);
});

it('a role is offered in four actions, with a reason that stands there', async () => {
  const offered: unknown[] = [];
  await open(() => ({ long_hours: [{ role: 'commander', person: 'ana', since: f.at(-9 * 60) }] }), {
    incident_ask: (args) => (offered.push(args.command), null),
  });
  await press('h 1');
  await expect.poll(() => page.getByLabel('Why?').inputValue()).toBe('In the role for 9 h');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'on the names').toBe(
    'combobox',
  );
  await page.keyboard.type('Ben');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => offered)
    .toEqual([{ do: 'offer_role', role: 'commander', to: 'ben', reason: 'In the role for 9 h' }]);
});

it('an offer is confirmed in two actions, with how things stand as far as that is known', async () => {
  const offer = { to: 'ana', reason: 'Shift ends', at: f.at(-1), status: null };
  const row = {
    ...l.checkout,
    incident: { ...l.checkout.incident, offers: { technical_lead: offer } },
  };
  const given: unknown[] = [];
  await open(() => ({}), {
    incident: () =>
      l.detail(row, {
        room: made({ next: [{ do: 'confirm_role', role: 'technical_lead', from: 'ben' }] }),
      }),
    incident_ask: (args) => (given.push(args.command), null),
  });
  await press('x');
  const said = page.getByRole('dialog').getByRole('textbox');
  await expect.poll(() => said.inputValue()).toMatch(/^SEV1, identified, since .*Customers cannot pay/);
  expect(await said.inputValue()).toContain('Needed: Somebody who knows the orders database.');
  await press('Control+Enter');
  await expect
    .poll(() => given)
    .toMatchObject([
      { do: 'confirm_role', role: 'technical_lead', status: expect.stringMatching(/^SEV1, identified/) },
    ]);
});

it('making it public says which private ones its notes name', async () => {
  const row = { ...l.checkout, incident: { ...l.checkout.incident, people: ['ana', 'ben'] } };
  await open(() => ({}), {
    incident: () => l.detail(row, { room: made() }),
    named_once_public: () => l.ended.slice(1, 2),
  });
  await page.getByRole('region', { name: 'Who can see this' }).getByRole('button').first().click();
  await page.getByText('The whole team', { exact: true }).click();
  await page.getByText('Its notes name “#211 Payments fail in one region”, which stays private').waitFor();
  await page.getByText('Only these people', { exact: true }).click();
  expect(await page.getByText('Its notes name').count()).toBe(0);
});
