import type {
  Alert,
  ChannelView,
  DeviceView,
  Diagnosis,
  PageDetail,
  PageEvent,
  PageRow,
  Recorded,
  Severity,
  SilenceView,
  Team,
  WindowState,
} from '../src/host/types';

/** A team at two in the morning, for the screens that the real core cannot be brought to at will. */
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
export const NOW = Date.now();
export const at = (minutes: number): string => new Date(NOW + minutes * MINUTE).toISOString();
const uuid = (n: number) => `0190a1b2-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const PAGE = uuid(1);
const LAPTOP = uuid(900);
const DESK = uuid(901);
const PHONE = uuid(902);

const plan = {
  policy: 'default',
  steps: [
    { after: '0s', notify: [{ schedule: 'primary' }] },
    { after: '5m', notify: [{ schedule: 'secondary' }] },
    { after: '10m', notify: [{ lead_of: 'payments' }] },
  ],
  rounds: 3,
  gap: '10m',
};

export const team: Team = {
  team: {
    name: 'Acme Payments',
    time_zone: 'Europe/Berlin',
    business_hours: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' },
    holidays: [],
  },
  people: [
    {
      id: 'ana',
      name: 'Ana Ruiz',
      email: 'ana@example.com',
      time_zone: 'Europe/Madrid',
      role: 'admin',
    },
    { id: 'ben', name: 'Ben Okafor', email: 'ben@example.com', role: 'responder' },
    { id: 'chi', name: 'Chi Tran', email: 'chi@example.com', role: 'responder' },
    { id: 'dev', name: 'Devika Ramanathan', email: 'dev@example.com', role: 'responder' },
  ],
  groups: [],
  schedules: [],
  policies: [],
  services: [
    { id: 'payments-api', name: 'Payments API', policy: 'default', default_severity: 'SEV2' },
    { id: 'search', name: 'Search', policy: 'default', default_severity: 'SEV3' },
    { id: 'web', name: 'Web shop', policy: 'default', default_severity: 'SEV2' },
  ],
  integrations: [],
};

type Make = Partial<PageRow['page']> & {
  next?: PageRow['next'];
  mine?: boolean;
  pending?: PageRow['pending'];
};

let made = 0;
export function row(make: Make = {}): PageRow {
  const { next = null, mine = false, pending = [], ...page } = make;
  made += 1;
  const id = page.id ?? uuid(1000 + made);
  const raise = { page: id, round: 0, step: 0, person: 'ana' };
  const service = page.service ?? 'payments-api';
  return {
    page: {
      id,
      number: 100 + made,
      version: 3,
      service,
      urgency: 'high',
      severity: 'SEV2',
      status: 'triggered',
      title: 'Error rate 12.4 % on checkout',
      source: 'Alertmanager',
      runbook: 'https://runbooks.acme.example/payments/high-error-rate',
      started_at: at(-5),
      opened_at: at(-4),
      updated_at: at(-1),
      tally: { alerts: 37, firing: 35, signals: 120 },
      plan,
      chain: { kind: 'policy', round: 0, turn: 1, why: 'opened', base: at(-4), next_step: 1, first: null },
      waiting: null,
      ringing: mine ? [{ raise, since: at(-0.7) }] : [],
      paged: ['ana'],
      acknowledged: null,
      snoozed_until: null,
      resolved_at: null,
      timers: [],
      ...page,
    },
    service_name: team.services.find((s) => s.id === service)?.name ?? service,
    ringing: mine ? raise : null,
    pending,
    next,
  };
}

export const ringing = row({
  id: PAGE,
  number: 12,
  mine: true,
  next: { at: at(4.3), people: ['ben'], why: 'step' },
});

/** Of an incident: no alert asked for it. */
export const overdue = row({
  id: PAGE,
  number: 14,
  mine: true,
  severity: 'SEV1',
  title: 'Update overdue: Checkout is down in every region (due 02:40 UTC)',
  source: 'incident',
  runbook: null,
  tally: { alerts: 0, firing: 0, signals: 0 },
  origin: { incident: uuid(77), why: 'update' },
});

export const others: PageRow[] = [
  row({
    severity: 'SEV1',
    title: 'Checkout is down in every region',
    service: 'web',
    status: 'acknowledged',
    acknowledged: { by: { kind: 'person', person: 'ben' }, via: 'notification', at: at(-20) },
    started_at: at(-31),
    next: { at: at(9), people: ['ben'], why: 'forgotten' },
    tally: { alerts: 4, firing: 4, signals: 9 },
    paged: ['ben', 'chi'],
  }),
  row({
    severity: 'SEV3',
    urgency: 'low',
    title: 'Search index is 45 minutes behind',
    service: 'search',
    runbook: null,
    waiting: [{ kind: 'business_hours' }, at(400)],
    started_at: at(-64),
    paged: [],
    tally: { alerts: 1, firing: 1, signals: 1 },
  }),
];

export const ended: PageRow[] = [
  row({
    status: 'resolved',
    resolved_at: at(-190),
    title: 'Disk almost full on db-3',
    severity: 'SEV3',
    started_at: at(-260),
  }),
  row({
    status: 'resolved',
    resolved_at: at(-700),
    title: 'Certificate of api.acme.example ends in 6 days',
    severity: 'SEV4',
    urgency: 'none',
  }),
];

export function many(n: number): PageRow[] {
  const severities: Severity[] = ['SEV1', 'SEV2', 'SEV3', 'SEV4'];
  return Array.from({ length: n }, (_, i) =>
    row({
      number: i + 1,
      severity: severities[i % 4] ?? 'SEV2',
      title: `Probe ${i + 1} of ${n} does not answer`,
      service: ['payments-api', 'search', 'web'][i % 3] ?? 'web',
      started_at: at(-i),
    }),
  );
}

const LONG = 'Verteilungsschlüsselaktualisierungsverzögerung'.repeat(3);
export const long = row({
  mine: true,
  title: `${LONG} on a-cluster-with-a-name-that-nobody-would-choose-but-somebody-did.eu-central-1.internal: 5xx`,
  source: 'prometheus-operator-kube-prometheus-alertmanager-0.monitoring.svc.cluster.local',
  runbook: `https://runbooks.acme.example/${'very/'.repeat(20)}deep`,
  severity: 'SEV1',
  paged: ['ana', 'ben', 'chi', 'dev'],
  next: { at: at(0.6), people: ['ben', 'chi', 'dev'], why: 'next_round' },
});

const raise = { page: PAGE, round: 0, step: 0, person: 'ana' };
const receipt = (
  device: string,
  name: string,
  state: 'sent' | 'delivered' | 'shown' | 'seen',
): PageEvent => ({
  type: 'receipt',
  raise,
  device,
  device_name: name,
  state,
  claimed_at: null,
});
const record = (minutes: number, event: PageEvent): Recorded => ({ at: at(minutes), event });

export const history: Recorded[] = [
  record(-4, {
    type: 'opened',
    page: PAGE,
    number: 12,
    service: 'payments-api',
    urgency: 'high',
    severity: 'SEV2',
    title: 'Error rate 12.4 % on checkout',
    source: 'Alertmanager',
    runbook: null,
    started_at: at(-5),
    alerts: 1,
    repeats: 0,
    plan,
  }),
  record(-4, { type: 'round_started', round: 0, turn: 1, why: 'opened', base: at(-4), first: null }),
  record(-4, {
    type: 'stepped',
    round: 0,
    step: 0,
    raised: [
      { person: 'ana', liveness: 'alive', channels: [{ channel: PHONE, kind: 'ntfy', at: at(-2) }] },
      { person: 'ben', liveness: 'dead', channels: [] },
    ],
    nobody: ['schedule shadow'],
    late_ms: 0,
    waited: true,
    base: at(-4),
  }),
  record(-3.99, receipt(LAPTOP, "Ana's laptop", 'sent')),
  record(-3.99, receipt(DESK, 'Desk at home', 'sent')),
  record(-3.98, receipt(LAPTOP, "Ana's laptop", 'delivered')),
  record(-3.97, receipt(LAPTOP, "Ana's laptop", 'shown')),
  record(-3.5, { type: 'folded', new_alerts: 36, repeats: 83, summary: 'Error rate 12.4 % on checkout' }),
  record(-2, { type: 'channel_used', raise, channel: PHONE, kind: 'ntfy' }),
  record(-1.99, { type: 'channel_result', raise, channel: PHONE, error: 'ntfy.sh answered 403 Forbidden' }),
  record(-1.5, receipt(LAPTOP, "Ana's laptop", 'seen')),
  record(-1.2, {
    type: 'stepped',
    round: 0,
    step: 1,
    raised: [{ person: 'ben', liveness: 'dead', channels: [] }],
    nobody: [],
    late_ms: 135_000,
    waited: false,
    base: at(-4),
  }),
  record(-1, {
    type: 'acknowledged',
    by: { kind: 'person', person: 'ana' },
    via: 'pager_window',
    claimed_at: at(-1.5),
    until: at(29),
  }),
  record(-0.8, {
    type: 'noted',
    by: 'ana',
    text: 'Rolled back to v3.4.1.\nWatching the error rate.',
    until: at(30),
  }),
  record(-0.7, { type: 'round_started', round: 1, turn: 1, why: 'escalated', base: at(-0.7), first: null }),
  record(-0.2, { type: 'alerts_ended', ended: 2, firing: 35 }),
];

export const alerts: Alert[] = Array.from({ length: 7 }, (_, i) => ({
  id: uuid(2000 + i),
  integration: 'prod-alertmanager',
  dedup_key: `a1f3e0c2d4b5${i}`,
  service: 'payments-api',
  severity: 'SEV2',
  page: PAGE,
  firing: i < 5,
  summary: `HighErrorRate on payments-api-${i}: 12.${i} % of requests fail`,
  description: 'More than 5 % of requests have failed for 5 minutes.\n<script>alert(1)</script>',
  source: 'Alertmanager',
  runbook: null,
  links: [{ href: 'https://grafana.acme.example/d/payments', text: 'Dashboard' }],
  labels: { alertname: 'HighErrorRate', pod: `payments-api-${i}`, severity: 'critical' },
  details: {
    generatorURL: 'http://prometheus/graph?g0',
    valueString: '[ var=B value=12.4 ]',
    nested: { a: [1, 2, { b: null }] },
  },
  count: i + 1,
  started_at: at(-5),
  claimed_at: i === 0 ? '2999-01-01T00:00:00Z' : null,
  first_seen: at(-4),
  last_seen: at(-1),
  resolved_at: i < 5 ? null : at(-0.2),
}));

export const detail = (of: PageRow): PageDetail => ({ row: of, history, alerts, alerts_words: null });

const week = (from: number, people: string[]) => ({
  start: new Date(NOW + from * DAY).toISOString(),
  end: new Date(NOW + (from + 7) * DAY).toISOString(),
  people,
});

export function state(more: Partial<WindowState> = {}): WindowState {
  return {
    now: at(0),
    profile: 'default',
    stage: { is: 'ready' },
    connection: {
      state: 'connected',
      since: at(-134),
      server: 'pager.acme.example',
      words: '',
      unreachable_alarm: false,
    },
    me: { person: 'ana', name: 'Ana Ruiz', role: 'admin', device: LAPTOP },
    team,
    shifts: [
      {
        schedule: 'primary',
        name: 'Primary',
        shifts: [week(-4.7, ['ana']), week(2.3, ['chi']), week(9.3, ['ben'])],
      },
      {
        schedule: 'secondary',
        name: 'Secondary',
        shifts: [week(-4.7, ['ben']), week(2.3, ['ana']), week(9.3, ['chi'])],
      },
    ],
    on_call: [{ schedule: 'primary', name: 'Primary', until: new Date(NOW + 2.3 * DAY).toISOString() }],
    pages: [],
    questions: [],
    queued: 0,
    paging_held: false,
    settings: {
      sound: 'bell',
      volume: 80,
      gentle_start_s: 8,
      theme: 'system',
      autostart: true,
      commands: 'team',
    },
    clock_offset_ms: 0,
    ...more,
  };
}

export const channels: ChannelView[] = [
  {
    id: PHONE,
    kind: 'ntfy',
    url: 'https://ntfy.sh/ana-pages-7f3k',
    delay: '2m',
    last_used: at(-2),
    last_error: null,
  },
  {
    id: uuid(903),
    kind: 'webhook',
    url: 'https://hooks.acme.example/firebell/ana',
    delay: '0s',
    last_used: at(-800),
    last_error: 'hooks.acme.example answered 502 Bad Gateway',
  },
];
export const devices: DeviceView[] = [
  {
    device: LAPTOP,
    person: 'ana',
    name: "Ana's laptop",
    enrolled_at: at(-60_000),
    last_answer: at(0),
    liveness: 'alive',
  },
  {
    device: DESK,
    person: 'ana',
    name: 'Desk at home',
    enrolled_at: at(-90_000),
    last_answer: at(-600),
    liveness: 'dead',
  },
  {
    device: uuid(904),
    person: 'ben',
    name: 'ben-thinkpad',
    enrolled_at: at(-9_000),
    last_answer: null,
    liveness: 'unknown',
  },
];
export const silences: SilenceView[] = [
  {
    id: uuid(905),
    service: 'search',
    starts_at: at(-10),
    ends_at: at(110),
    reason: 'Index rebuild, ticket OPS-412',
    by: 'chi',
  },
];
export const diagnostics: Diagnosis[] = [
  {
    subject: 'connection',
    health: 'good',
    words: 'Connected to pager.acme.example since 00:03.',
    remedy: '',
  },
  { subject: 'keychain', health: 'good', words: 'The keychain is open.', remedy: '' },
  {
    subject: 'notifications',
    health: 'poor',
    words: 'The notification server shows no buttons.',
    remedy: 'Acknowledge in the pager window or the tray, or use a desktop whose notifications have buttons.',
  },
  { subject: 'tray', health: 'good', words: 'The tray icon is there.', remedy: '' },
  {
    subject: 'sound',
    health: 'bad',
    words: 'No audio device was found.',
    remedy: 'Connect speakers or headphones. Pages are shown meanwhile, without a sound.',
  },
  { subject: 'store', health: 'good', words: 'Local data is encrypted and opens.', remedy: '' },
  { subject: 'clock', health: 'good', words: 'The clock is right to within a second.', remedy: '' },
  { subject: 'autostart', health: 'good', words: 'Firebell starts when you log in.', remedy: '' },
];
