import type { IncidentFilter, IncidentPart, IncidentStatus, Severity } from '../../host/types';
import { words } from '../../words/en';
import { dayOf, parseTime } from '../time/typed';

/** What a list is narrowed down to. The core decides what meets it; here it is only put together and told. */
export const NONE: IncidentFilter = {
  open: null,
  statuses: [],
  severities: [],
  services: [],
  person: null,
  declared_from: null,
  declared_until: null,
  text: '',
};
export const OPEN: IncidentFilter = { ...NONE, open: true };

/**
 * A filter as it is kept: a span that ends now is kept as days, so that a view of the last week is one next week, too.
 */
export type Wanted = IncidentFilter & { last_days?: number };

const DAY_MS = 24 * 60 * 60 * 1000;

/** What the core is asked: days that end now become a time. By the minute, so that the same question stays the same. */
export function asked(wanted: Wanted, now: number): IncidentFilter {
  const { last_days: days, ...filter } = wanted;
  if (!days) return filter;
  const from = Math.floor((now - days * DAY_MS) / 60_000) * 60_000;
  return { ...filter, declared_from: new Date(from).toISOString(), declared_until: null };
}

/** Both lead to the same list. */
export const same = (a: Wanted, b: Wanted): boolean => canonical(a) === canonical(b);
const canonical = (w: Wanted): string =>
  JSON.stringify([
    w.open,
    w.statuses.toSorted(),
    w.severities.toSorted(),
    w.services.toSorted(),
    w.person ? [w.person.person, w.person.part] : null,
    w.declared_from,
    w.declared_until,
    w.last_days ?? 0,
    w.text.trim(),
  ]);

/** From the first moment of a day to the last one of another, in the person's zone; null: no such day. */
export function days(
  from: string,
  to: string,
  zone: string,
): Pick<Wanted, 'declared_from' | 'declared_until'> {
  const start = (day: string, more: number): string | null => {
    const at = day === '' ? null : parseTime(`${day} 00:00`, 0, zone);
    if (at === null) return null;
    // A day may have 23 hours or 25: the next one begins where its name does.
    if (more === 0) return new Date(at).toISOString();
    const next = parseTime(`${dayOf(at + 36 * 60 * 60 * 1000, zone)} 00:00`, 0, zone);
    return next === null ? null : new Date(next).toISOString();
  };
  return { declared_from: start(from, 0), declared_until: start(to, 1) };
}

/** The days of a filter as a field for days has them. */
export const fromDay = (w: Wanted, zone: string): string =>
  w.declared_from ? dayOf(Date.parse(w.declared_from), zone) : '';
export const toDay = (w: Wanted, zone: string): string =>
  w.declared_until ? dayOf(Date.parse(w.declared_until) - 1, zone) : '';

export type Chip = { id: string; words: string; without: Wanted };
type Names = { service: (id: string) => string; person: (id: string) => string; zone: string };

/** One chip for each thing that narrows the list down, with the list that is left without it. */
export function chips(w: Wanted, names: Names, withOpen: boolean): Chip[] {
  const f = words.incidents.filter;
  const found: Chip[] = [];
  if (w.text.trim() !== '')
    found.push({ id: 'text', words: f.words(w.text.trim()), without: { ...w, text: '' } });
  if (withOpen && w.open !== null)
    found.push({ id: 'open', words: w.open ? f.open : f.ended, without: { ...w, open: null } });
  for (const s of w.statuses)
    found.push({
      id: `status-${s}`,
      words: words.incident.statuses[s],
      without: { ...w, statuses: w.statuses.filter((o) => o !== s) },
    });
  for (const s of w.severities.toSorted())
    found.push({
      id: s,
      words: words.severity.label(s),
      without: { ...w, severities: w.severities.filter((o) => o !== s) },
    });
  for (const s of w.services)
    found.push({
      id: `service-${s}`,
      words: names.service(s),
      without: { ...w, services: w.services.filter((o) => o !== s) },
    });
  if (w.person)
    found.push({
      id: 'person',
      words: f.personIs(names.person(w.person.person), f.parts[w.person.part]),
      without: { ...w, person: null },
    });
  const { last_days: last, ...others } = w;
  if (last) found.push({ id: 'last', words: f.since(String(last)), without: others });
  else if (w.declared_from || w.declared_until) {
    const [from, to] = [fromDay(w, names.zone) || null, toDay(w, names.zone) || null];
    found.push({
      id: 'days',
      words: f.declared(from, to),
      without: { ...w, declared_from: null, declared_until: null },
    });
  }
  return found;
}

const STATUSES = ['investigating', 'identified', 'monitoring', 'resolved', 'closed', 'merged', 'false_alarm'];
const PARTS = ['any', 'declared_by', 'commander', 'role', 'responder'];
const SEVERITIES = ['SEV1', 'SEV2', 'SEV3', 'SEV4'];
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];

/** A filter as another version of the window may have kept it: what is not understood narrows nothing down. */
export function restored(kept: unknown): Wanted {
  const k = (typeof kept === 'object' && kept !== null ? kept : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof k[name] === 'string' ? k[name] : null);
  const time = (name: string) => {
    const at = Date.parse(text(name) ?? '');
    return Number.isNaN(at) ? null : new Date(at).toISOString();
  };
  const who = (typeof k['person'] === 'object' ? k['person'] : null) as Record<string, unknown> | null;
  const person = typeof who?.['person'] === 'string' ? who['person'] : null;
  const part = PARTS.find((p) => p === who?.['part']) ?? 'any';
  const last = k['last_days'];
  return {
    open: typeof k['open'] === 'boolean' ? k['open'] : null,
    statuses: texts(k['statuses']).filter((s) => STATUSES.includes(s)) as IncidentStatus[],
    severities: texts(k['severities']).filter((s) => SEVERITIES.includes(s)) as Severity[],
    services: texts(k['services']),
    person: person === null ? null : { person, part: part as IncidentPart },
    declared_from: time('declared_from'),
    declared_until: time('declared_until'),
    text: text('text') ?? '',
    ...(typeof last === 'number' && last > 0 && last < 4_000 ? { last_days: Math.floor(last) } : {}),
  };
}
