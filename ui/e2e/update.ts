import type {
  Audience,
  Commands,
  Composed,
  ComposedText,
  IncidentStatus,
  PlacedFinding,
  SentUpdate,
  StatusUpdate,
  UpdateTold,
} from '../src/host/types';
import { at } from './fixtures';

const uuid = (n: number) => `0190a1b2-0000-7000-9000-${String(n).padStart(12, '0')}`;
const ALL: Audience[] = ['public', 'customers', 'internal', 'executives', 'managers', 'support_and_sales'];
const TOLD: Audience[] = ['public', 'customers', 'internal', 'executives', 'support_and_sales'];
const ANNOUNCED: IncidentStatus[] = ['investigating', 'identified', 'monitoring', 'resolved'];

export const nothing: UpdateTold = {
  title: 'Checkout is down',
  headline: '',
  status: null,
  impact: '',
  known: '',
  doing: '',
  workaround: '',
  next_update: null,
  services: ['Payments API', 'Web shop'],
  commander: 'Ana Ruiz',
  link: '',
  channel: '',
  what_happened: '',
  fix: '',
  what_next: '',
  no_news: false,
};
export const told: UpdateTold = {
  ...nothing,
  impact: 'Paying by card fails for nine of ten orders.',
  known: 'It began with the release of 02:02.',
  doing: 'Going back to the earlier version.',
  workaround: 'Paying by invoice works.',
};

export const sentUpdate = (n: number, more: Partial<StatusUpdate> = {}): StatusUpdate => ({
  id: uuid(700 + n),
  told,
  texts: {
    public:
      'Checkout is down: identified\n2026-11-25 02:31 CET\n\nWe found the cause and are fixing it.\nWhat you may notice: Paying by card fails for nine of ten orders.\nWhat you can do meanwhile: Paying by invoice works.\nNext update: 2026-11-25 02:46 CET',
    customers: 'Checkout is down: identified\n\nHow this affects you: paying by card fails.',
    internal:
      'SEV1 incident 214: Checkout is down\n2026-11-25 02:31 CET, identified, running for 18 min\n\nKnown: the release of 02:02 brought a slow query\nDoing: Ben rolls payments-api back\nCommander: Ana Ruiz',
  },
  ...more,
});
export const sent = (
  n: number,
  minutes: number,
  by: string,
  more: Partial<StatusUpdate> = {},
): SentUpdate => ({
  by,
  at: at(minutes),
  update: sentUpdate(n, more),
});

/** What the core would find, by the words alone. */
function findings(text: string): PlacedFinding[] {
  const known: [string, PlacedFinding['rule'], string, string][] = [
    [
      'payments-api',
      'internal_name',
      'Payments API',
      'is what we call a service; readers outside know it by another name.',
    ],
    [
      'rollback',
      'jargon',
      'going back to the earlier version',
      'is a word of engineers; readers outside may not know it.',
    ],
    ['Ben Okafor', 'person', 'our team', 'names somebody of the team; outside, the company speaks.'],
  ];
  return known
    .flatMap(([word, rule, suggestion, why]) => {
      const start = text.indexOf(word);
      return start < 0
        ? []
        : [{ start, end: start + word.length, rule, suggestion, why: `\`${word}\` ${why}` }];
    })
    .toSorted((a, b) => a.start - b.start);
}

type Args = Commands['update_compose']['args'];
type Core = Partial<Composed> & { begins?: UpdateTold; broken?: Audience };

/** A core that fills templates in, for the incident at SEV1 and identified. */
export function compose(args: Args, core: Core = {}): Composed {
  const { begins = told, broken, ...more } = core;
  const status = more.status ?? 'identified';
  const said: UpdateTold = { ...begins, ...args.told, title: nothing.title, services: nothing.services };
  said.commander = nothing.commander;
  const announced = said.status ?? status;
  const over = announced === 'resolved';
  const { next } = args;
  said.next_update = over
    ? null
    : next.is === 'at'
      ? next.at
      : next.is === 'when_known'
        ? null
        : at(next.is === 'within' ? next.minutes : 15);
  const late = said.next_update !== null && Date.parse(said.next_update) > Date.parse(at(30)) + 30_000;
  const past = said.next_update !== null && Date.parse(said.next_update) < Date.parse(at(0));
  const line = (name: string, text: string) => (text ? `${name}: ${text}\n` : '');
  const make = (audience: Audience): string =>
    `Checkout is down: ${announced}\n\n` +
    line(audience === 'internal' ? 'Impact' : 'What you may notice', said.impact) +
    line('What we know', said.known) +
    line('What we are doing', said.doing) +
    line('What you can do meanwhile', said.workaround) +
    (over ? line('What happened', said.what_happened) + line('How it was fixed', said.fix) : '') +
    (audience === 'internal' ? 'Commander: Ana Ruiz\n' : '') +
    (over
      ? ''
      : `Next update: ${said.next_update ? `${said.next_update.slice(11, 16)} UTC` : 'as soon as we learn more'}`);
  const texts = ALL.map((audience): ComposedText => {
    const trouble =
      audience === broken
        ? 'Line 3 of the playbook’s template: the variable `impct` is not known. Write the text by hand.'
        : '';
    const made = trouble ? '' : make(audience).trimEnd();
    const text = args.written[audience] ?? made;
    return {
      audience,
      is_told: TOLD.includes(audience),
      text,
      from_template: args.written[audience] === undefined ? null : made,
      trouble,
      findings: ['public', 'customers', 'support_and_sales'].includes(audience) ? findings(text) : [],
    };
  });
  return {
    told: said,
    headline: null,
    texts,
    written: args.written,
    status,
    statuses: ANNOUNCED,
    next_update: over ? null : at(15),
    latest: over ? null : at(30),
    next_choices: over
      ? []
      : [
          { minutes: 15, is_allowed: true, is_usual: true },
          { minutes: 30, is_allowed: true, is_usual: false },
          { minutes: 60, is_allowed: false, is_usual: false },
        ],
    next_trouble: past ? 'past' : late ? 'too_late' : null,
    readers: [
      { person: 'dev', who: 'executives', texts: ['executives', 'internal'] },
      { person: 'chi', who: 'engineering_manager', texts: ['managers', 'internal'] },
    ],
    last: null,
    corrects: null,
    waiting_since: null,
    refused: '',
    ...more,
  };
}

export const LONG = `Paying by card fails for customers of the north-eastern region who pay by invoice, have more than two hundred positions in the basket and came through the partner portal of the wholesale programme. ${'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft '.repeat(3)}`;
