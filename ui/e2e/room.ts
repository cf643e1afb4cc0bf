import type { Room } from '../src/host/types';
import { at } from './fixtures';

const uuid = (n: number) => `0190a1b2-0000-7000-9000-${String(n).padStart(12, '0')}`;

/** The room of an incident in the middle of the night, 44 minutes old. */
export const room = (more: Partial<Room> = {}): Room => ({
  phase: 'mobilise',
  next: [
    { do: 'meet_need', entry: uuid(3001) },
    { do: 'fill_role', role: 'scribe' },
    { do: 'tick', phase: 'mobilise', item: 'bridge' },
  ],
  checklists: [
    {
      phase: 'mobilise',
      items: [
        line('roles', 'Roles are assigned', 'commander', true),
        line('channel', 'The channel is open and everybody is in it', 'commander', true),
        line('bridge', 'The bridge link is posted', 'commander', false),
        line('timeline', 'The timeline is started', 'scribe', true),
      ],
    },
    {
      phase: 'investigate',
      items: [
        line('changes', 'What changed: deployments, configuration, infrastructure', 'technical_lead', true),
        line('dashboards', 'Dashboards', 'technical_lead', false),
        line('logs', 'Logs and traces', 'technical_lead', false),
      ],
    },
  ],
  needs: [
    {
      entry: uuid(3001),
      text: 'Somebody who knows the orders database',
      by: 'chi',
      at: at(-33),
      state: 'open',
      taken_by: null,
      taken_at: null,
      pending: false,
    },
    {
      entry: uuid(3002),
      text: 'Rights on the production cluster',
      by: 'ben',
      at: at(-35),
      state: 'taken',
      taken_by: 'ana',
      taken_at: at(-34),
      pending: false,
    },
  ],
  hypotheses: [
    {
      entry: uuid(3003),
      kind: 'found',
      text: 'p99 of POST /orders went from 240 ms to 11 s with v3.4.2',
      by: 'ben',
      at: at(-38),
      weight: 3,
      standing: 'open',
      pending: false,
    },
    {
      entry: uuid(3004),
      kind: 'theory',
      text: 'The deployment of 02:02 (v3.4.2) brought a slow query',
      by: 'ben',
      at: at(-41),
      weight: 1,
      standing: 'open',
      pending: true,
    },
    {
      entry: uuid(3005),
      kind: 'theory',
      text: 'The cache is cold',
      by: 'chi',
      at: at(-42),
      weight: 1,
      standing: 'ruled_out',
      pending: false,
    },
  ],
  responders: [
    { person: 'ana', on: '', active: true, since: at(-44), pending: false },
    { person: 'ben', on: 'Rollback of payments-api', active: true, since: at(-40), pending: false },
    { person: 'chi', on: 'Customers and support', active: true, since: at(-36), pending: false },
  ],
  pins: [],
  updates: {
    is: 'waiting',
    next: { since: at(-60), remind_at: at(1), due_at: at(6.2), missed_at: at(6.2), every: '15m' },
  },
  audiences: ['public', 'customers', 'internal', 'executives', 'support_and_sales'],
  must_know: [
    {
      who: 'executives',
      people: [
        { person: 'dev', sees: true, told: 'severity', told_at: at(-36) },
        { person: 'ana', sees: true, told: null, told_at: null },
      ],
    },
  ],
  links: [
    { kind: 'bridge', href: 'https://meet.acme.example/checkout', of_service: null },
    { kind: 'dashboard', href: 'https://grafana.acme.example/d/payments', of_service: 'payments-api' },
  ],
  related: [],
  long_hours: [],
  watch: null,
  closing: null,
  still_open: [],
  record: [],
  ...more,
});

function line(
  id: string,
  text: string,
  role: Room['checklists'][number]['items'][number]['item']['role'],
  done: boolean,
) {
  return {
    item: { id, text, role },
    done,
    by: done ? 'ana' : null,
    at: done ? at(-40) : null,
    pending: false,
  };
}

/** Just declared: nothing was written, and nobody has a role. */
export const newRoom = (): Room =>
  room({
    phase: 'first_response',
    next: [{ do: 'take_command' }, { do: 'fill_role', role: 'technical_lead' }],
    needs: [],
    hypotheses: [],
    responders: [],
  });
