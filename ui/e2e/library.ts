import type {
  Draft,
  Entry,
  EntryKind,
  EntryView,
  FieldVersion,
  FieldView,
  Incident,
  IncidentInRoom,
  IncidentRow,
  OpId,
  RelatedSuggestion,
  RoomHappened,
  RunbookRow,
  SearchHit,
  Severity,
  SyncState,
} from '../src/host/types';
import { BODY, PLAIN, RUNBOOK, runbooks } from './books';
import { at, PAGE } from './fixtures';
import { listed } from './listing';
import type { Answers } from './mock';
import { newRoom, room } from './room';

export { BODY, RUNBOOK, runbooks };

/** Incidents and what the team knows of them, as a core would tell. */
const uuid = (n: number) => `0190a1b2-0000-7000-9000-${String(n).padStart(12, '0')}`;
const WRITER = uuid(999_999);
let counted = 0;
const op = (): OpId => ({ writer: WRITER, counter: ++counted });
export const CHECKOUT = uuid(1);

export const allKnown: SyncState = {
  alone: false,
  connected: true,
  offline_since: null,
  waiting: 0,
  waiting_first: [],
  drafts: 0,
  catching_up: null,
  notice: null,
};

type Make = Partial<Incident> & { pending?: boolean; entries?: number; minutes?: number };
export function incident(make: Make = {}): IncidentRow {
  const { pending = false, entries = 0, minutes = 47, ...more } = make;
  const id = more.id ?? uuid(1000 + ++counted);
  const title = more.title ?? 'Checkout is down';
  return {
    incident: {
      id,
      number: 12,
      version: 3,
      title,
      severity: 'SEV2',
      status: 'investigating',
      services: ['payments-api'],
      declared_by: 'ana',
      detection: 'monitoring_alert',
      page: null,
      moments: {
        impact_started_at: null,
        detected_at: at(-minutes),
        acknowledged_at: at(-minutes + 2),
        declared_at: at(-minutes + 3),
        mitigated_at: null,
        resolved_at: null,
      },
      reopened: 0,
      merged_into: null,
      updated_at: at(-1),
      ...more,
    },
    title,
    pending,
    entries,
  };
}

export const checkout = incident({
  id: CHECKOUT,
  number: 214,
  severity: 'SEV1',
  status: 'identified',
  title: 'Checkout is down',
  services: ['payments-api', 'web'],
  entries: 8,
  roles: {
    commander: { person: 'ana', since: at(-43) },
    technical_lead: { person: 'ben', since: at(-42) },
    communications_lead: { person: 'chi', since: at(-36) },
  },
  pages: [PAGE],
});
const over = (minutes: number, status: Incident['status'], more: Make): IncidentRow => {
  const row = incident({ status, minutes, ...more });
  row.incident.moments.resolved_at = at(-minutes + 80);
  return row;
};
export const three: IncidentRow[] = [
  checkout,
  incident({
    number: 0,
    title: 'Search returns nothing for logged-in users',
    services: ['search'],
    pending: true,
    minutes: 4,
  }),
  incident({
    number: 213,
    severity: 'SEV3',
    status: 'monitoring',
    title: 'Mails are sent an hour late',
    services: [],
    minutes: 190,
  }),
];
export const ended: IncidentRow[] = [
  over(1_500, 'resolved', { number: 212, severity: 'SEV3', title: 'Slow reports', services: ['web'] }),
  over(4_300, 'closed', { number: 211, severity: 'SEV1', title: 'Payments fail in one region' }),
  over(9_100, 'false_alarm', { number: 210, severity: 'SEV4', title: 'Probe misread a redirect' }),
];
export const mayBeRelated: RelatedSuggestion[] = [
  { row: ended[1] as IncidentRow, why: 'same_service', service: 'payments-api' },
  { row: three[1] as IncidentRow, why: 'neighbour', service: 'search' },
];
export const long = incident({
  id: uuid(7),
  number: 1_048_576,
  severity: 'SEV2',
  title:
    'Checkout answers with 502 for customers of the north-eastern region who pay by invoice, have more than two hundred positions in the basket and came through the partner portal of the wholesale programme',
  services: ['payments-api', 'search', 'web'],
  pending: true,
});
export function many(n: number): IncidentRow[] {
  const severities: Severity[] = ['SEV1', 'SEV2', 'SEV3', 'SEV4'];
  return Array.from({ length: n }, (_, i) =>
    incident({
      id: uuid(10_000 + i),
      number: n - i,
      severity: severities[i % 4] ?? 'SEV2',
      status: i < 40 ? 'investigating' : 'resolved',
      title: `Incident ${n - i}: queue ${i % 17} does not drain`,
      services: [['payments-api'], ['search'], ['web'], []][i % 4] ?? [],
      minutes: 5 + i * 40,
    }),
  );
}

let said = 0;
export function entry(
  minutes: number,
  kind: EntryKind,
  text: string,
  author: string,
  more: Partial<Entry> & { pending?: boolean; corrected_by?: string } = {},
): EntryView {
  const { pending = false, corrected_by = null, ...rest } = more;
  return {
    entry: {
      id: uuid(3000 + ++said),
      incident: CHECKOUT,
      kind,
      text,
      reason: null,
      at: at(minutes),
      ...rest,
    },
    author,
    pending,
    corrected_by,
  };
}
const first = uuid(2001);
export const timeline: EntryView[] = [
  entry(-45, 'checking', 'Dashboards of payments-api and the load balancer', 'ben'),
  entry(-41, 'theory', 'The deployment of 02:02 (v3.4.2) brought a slow query', 'ben'),
  entry(-38, 'found', 'p99 of POST /orders went from 240 ms to 11 s with v3.4.1', 'ben', {
    id: first,
    corrected_by: uuid(2002),
  }),
  entry(-38, 'found', 'p99 of POST /orders went from 240 ms to 11 s with v3.4.2', 'ben', {
    id: uuid(2002),
    corrects: first,
  }),
  entry(-33, 'need', 'Somebody who knows the orders database', 'chi'),
  entry(-30, 'decision', 'Roll back payments-api to v3.4.1', 'ana', {
    reason: 'it is the fastest way to stop the harm, and the migration is compatible',
  }),
  entry(-29, 'action', 'kubectl rollout undo deployment/payments-api', 'ben'),
  entry(-2, 'note', 'Rate of failed orders is back under 0.2 %', 'ana', { pending: true }),
];

const view = (value: unknown, author: string, minutes: number, more: Partial<FieldView> = {}): FieldView => ({
  value,
  write: op(),
  author,
  at: at(minutes),
  pending: false,
  overruled: 0,
  ...more,
});
export function detail(row: IncidentRow = checkout, more: Partial<IncidentInRoom> = {}): IncidentInRoom {
  const made: IncidentInRoom = {
    row,
    fields: {
      title: view(row.title, 'ana', -40),
      impact: view(
        'Customers cannot pay: the last step of the checkout ends in an error for about nine of ten orders.',
        'chi',
        -25,
        { overruled: 1 },
      ),
      links: view(
        [
          { text: 'Bridge', href: 'https://meet.acme.example/inc-214' },
          { text: 'Dashboard', href: 'https://grafana.acme.example/d/checkout' },
        ],
        'ana',
        -42,
      ),
    },
    timeline,
    history: [
      {
        at: at(-44),
        event: {
          type: 'declared',
          incident: row.incident.id,
          number: row.incident.number,
          by: 'ana',
          declaration: {
            title: 'Checkout is slow',
            severity: 'SEV2',
            services: ['payments-api'],
            detection: 'monitoring_alert',
            detected_at: null,
            page: null,
          },
        },
      },
      {
        at: at(-36),
        event: {
          type: 'severity_changed',
          by: 'ana',
          from: 'SEV2',
          to: 'SEV1',
          reason: 'Nine of ten orders fail: complete outage for most users.',
        },
      },
      { at: at(-31), event: { type: 'status_changed', by: 'ben', from: 'investigating', to: 'identified' } },
    ],
    asked: [],
    room: room(),
    changes_at: null,
    no_news_at: null,
    no_news_unsent: null,
    ...more,
  };
  if (made.room.record.length > 0) return made;
  // Nothing was written beside what was decided.
  const record = made.history.map((r, place): RoomHappened => ({
    at: r.at,
    what: { is: 'decided', place },
    pending: false,
  }));
  return { ...made, room: { ...made.room, record } };
}
/** Just declared, and nothing known of it but that. */
export const newDetail = (row: IncidentRow): IncidentInRoom =>
  detail(row, { fields: {}, timeline: [], history: [], room: newRoom() });
export const impactHistory: FieldVersion[] = [
  {
    write: op(),
    value:
      'Customers cannot pay: the last step of the checkout ends in an error for about nine of ten orders.',
    author: 'chi',
    at: at(-25),
    pending: false,
    standing: 'current',
  },
  {
    write: op(),
    value: 'Payments fail everywhere.',
    author: 'ben',
    at: at(-26),
    pending: false,
    standing: 'overruled',
  },
  {
    write: op(),
    value: 'Some customers cannot pay.',
    author: 'ana',
    at: at(-43),
    pending: false,
    standing: 'replaced',
  },
];

export const hits: SearchHit[] = [
  {
    kind: 'incident',
    id: CHECKOUT,
    incident: null,
    title: '#214 \uE000Check\uE001out is down',
    excerpt:
      'SEV1 · identified · Customers cannot pay: the last step of the \uE000check\uE001out ends in an error',
  },
  {
    kind: 'entry',
    id: timeline[0]?.entry.id ?? '',
    incident: CHECKOUT,
    title: '#214 Checkout is down · Ben Okafor',
    excerpt: '\uE000check\uE001ing: Dashboards of payments-api <b>and</b> the load balancer',
  },
  {
    kind: 'runbook',
    id: RUNBOOK,
    incident: null,
    title: '\uE000Check\uE001out: high error rate',
    excerpt: '\uE000Check\uE001out takes orders and hands them to payments-api.',
  },
  { kind: 'person', id: 'ben', incident: null, title: 'Ben Okafor', excerpt: 'ben@example.com' },
  { kind: 'service', id: 'payments-api', incident: null, title: 'Payments API', excerpt: 'payments-api' },
];

export const drafts: Draft[] = [
  {
    id: 1,
    record: { kind: 'incident', id: CHECKOUT },
    title: 'Checkout is down',
    words:
      'This incident was resolved an hour ago by Ben Okafor, before your status reached the team. Set it to monitoring all the same?',
    at: at(-70),
    changes: [
      { what: 'status', text: 'monitoring' },
      { what: 'a note', text: 'Error rate falls since 02:51.\nWatching it for half an hour.' },
    ],
    can_repeat: true,
  },
  {
    id: 2,
    record: { kind: 'incident', id: uuid(8) },
    title: 'Mails are late',
    words: 'Its declaration was not accepted: the same incident was declared by Chi Tran as #213.',
    at: at(-190),
    changes: [{ what: 'a theory', text: 'The relay refuses our new address.' }],
    can_repeat: false,
  },
];

export const waiting: SyncState = {
  ...allKnown,
  waiting: 3,
  waiting_first: [
    {
      op: op(),
      record: { kind: 'incident', id: CHECKOUT },
      title: 'Checkout is down',
      what: 'a note',
      at: at(-2),
    },
    {
      op: op(),
      record: { kind: 'incident', id: CHECKOUT },
      title: 'Checkout is down',
      what: 'status: monitoring',
      at: at(-1.5),
    },
    {
      op: op(),
      record: { kind: 'runbook', id: RUNBOOK },
      title: 'Checkout: high error rate',
      what: 'text',
      at: at(-1),
    },
  ],
};
export const offline: SyncState = { ...waiting, connected: false, offline_since: at(-15) };

type Told = { incidents?: IncidentRow[]; sync?: SyncState; drafts?: Draft[]; runbooks?: RunbookRow[] };
export function answers(told: Told = {}): Answers {
  const books = told.runbooks ?? runbooks;
  return {
    sync_state: () => told.sync ?? allKnown,
    triage_reports: () => [],
    trackers: () => [],
    ...listed(told.incidents ?? [...three, ...ended]),
    incident_row: ({ incident: id }) =>
      [...(told.incidents ?? []), ...three, ...ended].find((r) => r.incident.id === id) ?? {
        code: 'refused',
        words: 'This incident is not known on this computer.',
      },
    incident: ({ incident: id }) => {
      const row = (told.incidents ?? three).find((r) => r.incident.id === id);
      return row ? detail(row) : { code: 'refused', words: 'This incident is not known on this computer.' };
    },
    related_suggest: ({ incident: id }) => (id === CHECKOUT ? mayBeRelated : []),
    runbooks: () => books,
    runbook: ({ runbook: id }) => {
      const row = books.find((r) => r.id === id) ?? (books[0] as RunbookRow);
      return {
        row,
        fields: {
          title: view(row.title, 'ben', -4_000),
          ...(row.owner ? { owner: view(row.owner, 'ben', -4_000) } : {}),
          ...(row.service ? { service: view(row.service, 'ben', -4_000) } : {}),
          ...(row.last_reviewed ? { last_reviewed: view(row.last_reviewed, 'ben', -4_000) } : {}),
        },
        body: `runbook/${row.id}`,
      };
    },
    runbook_steps: () => PLAIN,
    runbook_for: () => null,
    named_once_public: () => [],
    runs: () => [],
    incident_rings: ({ services }) => ({
      people: services.length > 0 ? ['ben'] : [],
      spares_me: false,
      from: null,
      by_default: false,
      nobody: services.length > 0 ? null : 'no_service',
    }),
    field_history: () => impactHistory,
    search: () => hits,
    drafts: () => told.drafts ?? [],
    text_open: () => ({ version: 0, text: BODY, peers: [] }),
    text_push: () => true,
    text_updates: () => ({ updates: [], peers: [], reopen: false }),
  };
}
