import type { Page } from 'playwright-core';
import type { IncidentInRoom, RoleOffer, Room } from '../src/host/types';
import * as f from './fixtures';
import * as l from './library';
import { room as made } from './room';
import { drawn, type Scene } from './scenes';

const hash = `#/incidents/${l.CHECKOUT}`;
const press = (keys: string, see: string) => async (page: Page) => {
  for (const key of keys.split(' ')) await page.keyboard.press(key);
  await page.getByText(see).first().waitFor();
};
/** The checkout's incident in a room of this kind. */
const inside = (more: Partial<Room>, incident: Partial<IncidentInRoom['row']['incident']> = {}) => ({
  ...l.answers(),
  incident: () =>
    l.detail({ ...l.checkout, incident: { ...l.checkout.incident, ...incident } }, { room: made(more) }),
});
const offered = (offer: Partial<RoleOffer>) => ({
  commander: { to: 'ben', reason: 'Shift ends', at: f.at(-2), status: null, ...offer },
});
const long =
  'Somebody who knows the orders database, its replicas in the north-eastern region and the batch jobs'.repeat(
    2,
  );

const scenes: Scene[] = [
  { name: 'room', hash, see: 'Fill a role: scribe', aria: 'aside' },
  { name: 'room-roles', hash, see: 'Fill a role', then: press('h', 'Which role?') },
  { name: 'room-role-free', hash, see: 'Fill a role', then: press('h 4', 'Scribe'), aria: '[role=dialog]' },
  {
    name: 'room-role-offer',
    hash,
    see: 'Fill a role',
    then: async (page) => {
      await press('h 1', 'Commander')(page);
      await page.keyboard.type('ben');
      await page.getByText('Enter on a name offers it').waitFor();
    },
  },
  {
    name: 'room-role-take-over',
    hash,
    see: 'Fill a role',
    answers: inside({}, { roles: { commander: { person: 'ben', since: f.at(-300) } } }),
    then: press('h 1', 'without a hand-over'),
  },
  {
    name: 'room-role-confirmed',
    hash,
    see: 'knows how things stand',
    answers: inside(
      { next: [{ do: 'release_role', role: 'commander', to: 'ben' }] },
      {
        offers: offered({
          status: 'Checkout fails since 02:13, the rollback runs, then we watch for 30 min.',
        }),
      },
    ),
    then: press('x', 'If that is how things stand'),
  },
  {
    name: 'room-role-confirm',
    hash,
    see: 'say how things stand',
    answers: inside(
      { next: [{ do: 'confirm_role', role: 'commander', from: 'ben' }] },
      { roles: { commander: { person: 'ben', since: f.at(-300) } }, offers: offered({ to: 'ana' }) },
    ),
    then: press('x', 'Decline'),
  },
  {
    name: 'room-told',
    hash,
    see: 'Must know',
    answers: inside({
      links: [],
      must_know: [
        {
          who: 'executives',
          people: [
            { person: 'dev', sees: true, told: 'update', told_at: f.at(-9) },
            { person: 'ben', sees: false, told: null, told_at: null },
          ],
        },
        { who: 'engineering_manager', people: [] },
      ],
      related: [
        {
          incident: l.ended[1]?.incident.id ?? '',
          reason: 'The same slow query, and it was rolled back then, too',
          by: 'ben',
          at: f.at(-20),
          pending: true,
        },
      ],
    }),
    then: async (page) => {
      await page.getByRole('heading', { name: 'Related incidents' }).scrollIntoViewIfNeeded();
      await page.getByText('Payments fail in one region').waitFor();
    },
    aria: 'article',
  },
  {
    name: 'room-related',
    hash,
    see: 'Fill a role',
    then: press('v r', 'same service: Payments API'),
    aria: '[role=dialog]',
  },
  {
    name: 'room-link',
    hash,
    see: 'Fill a role',
    then: async (page) => {
      await press('v c', 'Empty: none.')(page);
      await page.getByRole('textbox', { name: 'Channel' }).fill('slack://channel?id=C1');
      await page.keyboard.press('Enter');
      await page.getByText('only links that begin with https://').waitFor();
    },
    answers: {
      ...l.answers(),
      record_set: () => ({
        code: 'bad_input',
        words:
          'channel: only links that begin with https:// are opened. Use that form of it, such as https://meet.example.com/checkout.',
      }),
    },
  },
  { name: 'room-page-people', hash, see: 'Fill a role', then: press('p', 'What are they wanted for?') },
  {
    name: 'room-monitoring',
    hash,
    see: 'Watch it for another',
    answers: inside(
      {
        phase: 'verify',
        watch: { since: f.at(-8), until: f.at(22) },
        checklists: [
          {
            phase: 'verify',
            items: [
              {
                item: { id: 'indicators', text: 'Key indicators are as they should be' },
                done: true,
                by: 'ben',
                at: f.at(-2),
                pending: true,
              },
            ],
          },
        ],
      },
      { status: 'monitoring' },
    ),
  },
  {
    name: 'room-closing',
    hash,
    see: 'Send the final update',
    answers: inside(
      {
        phase: 'close',
        next: [{ do: 'final_update' }, { do: 'name_author' }],
        updates: { is: 'quiet' },
        closing: {
          postmortem: 'always',
          draft_due: f.at(2_880),
          reminder: f.at(1_440),
          review_by: f.at(9_000),
          owner: null,
          final_update: false,
          asks_for_runbook: true,
        },
      },
      { status: 'resolved' },
    ),
  },
  {
    name: 'room-end',
    hash,
    see: 'Somebody who knows',
    answers: {
      ...inside({}),
      incident_end: () => [
        { is: 'not_watched', minutes: 30 },
        { is: 'verify', lines: 4 },
        { is: 'needs', count: 1, first: 'Somebody who knows the database' },
      ],
    },
    then: press('r', 'Before you resolve it'),
    aria: '[role=dialog]',
  },
  {
    name: 'room-long',
    hash,
    see: 'Somebody who knows',
    answers: inside({
      next: [{ do: 'meet_need', entry: made().needs[0]?.entry ?? '' }],
      needs: made().needs.map((n) => ({ ...n, text: long })),
      hypotheses: made().hypotheses.map((h) => ({ ...h, text: long })),
      responders: made().responders.map((r) => ({ ...r, on: long.slice(0, 200) })),
    }),
  },
];

drawn(scenes);
