import type { CadenceState, IncidentFilter, IncidentRow } from '../src/host/types';
import { at } from './fixtures';
import type { Answers } from './mock';

/** The list of incidents, as a core would narrow it down. */
const isOpen = (r: IncidentRow) => ['investigating', 'identified', 'monitoring'].includes(r.incident.status);
/** As the core narrows a list down, near enough for pictures. */
const meets =
  (f: IncidentFilter) =>
  (row: IncidentRow): boolean => {
    const i = row.incident;
    const words = f.text.toLowerCase().split(/\s+/).filter(Boolean);
    const text = `${row.title} #${i.number}`.toLowerCase();
    const people = [i.declared_by, ...Object.values(i.roles ?? {}).map((h) => h.person)];
    return (
      (f.open === null || f.open === isOpen(row)) &&
      (f.statuses.length === 0 || f.statuses.includes(i.status)) &&
      (f.severities.length === 0 || f.severities.includes(i.severity)) &&
      (f.services.length === 0 || f.services.some((s) => i.services.includes(s))) &&
      (f.person === null || people.includes(f.person.person)) &&
      (f.declared_from === null || Date.parse(i.moments.declared_at ?? '') >= Date.parse(f.declared_from)) &&
      words.every((w) => text.includes(w))
    );
  };
/** The next update of open ones: missed, soon, and with time left. */
const due = (n: number): CadenceState => {
  const left = [-4, 3, 95][n] ?? 20;
  const next = {
    since: at(-60),
    remind_at: at(left - 5),
    due_at: at(left),
    missed_at: at(left + 1),
    every: '15m',
  };
  return left < 0
    ? { is: 'missed', next, times: 1 }
    : left < 5
      ? { is: 'reminding', next }
      : { is: 'waiting', next };
};

export const listed = (all: IncidentRow[]): Answers => ({
  incidents_find: ({ filter, limit, offset }) => {
    const rows = all.filter(meets(filter));
    const open = rows.filter(isOpen);
    const found = [...open, ...rows.filter((r) => !isOpen(r))];
    const updates = Object.fromEntries(open.slice(0, 3).map((r, n) => [r.incident.id, due(n)]));
    return { rows: found.slice(offset, offset + limit), total: found.length, updates };
  },
  incidents_export: ({ filter, format }) => ({
    path: `/home/ana/Downloads/incidents-2026-11-25-021300Z.${format}`,
    count: all.filter(meets(filter)).length,
    missing: 0,
  }),
});

export const savedViews = JSON.stringify([
  { name: 'Payments, critical', filter: { severities: ['SEV1', 'SEV2'], services: ['payments-api'] } },
  { name: 'Mine this month, with a name that goes on', filter: { person: { person: 'ana' }, last_days: 30 } },
]);
