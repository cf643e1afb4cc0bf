import type { IncidentRow, Related, RelatedSuggestion } from '../../host/types';
import type { Choice } from '../../kit/Chooser.svelte';
import { words } from '../../words/en';
import { related as w } from '../../words/related';

/** "#214 Checkout is down" */
export const incidentName = (row: IncidentRow): string =>
  row.incident.number > 0 ? `${words.incidents.number(row.incident.number)} ${row.title}` : row.title;

/** What can be chosen: related ones to open, then those that may be related, then what else is open and may be named here. */
export function relatedChoices(
  of: string,
  people: string[] | null,
  related: readonly Related[],
  suggested: readonly RelatedSuggestion[],
  open: readonly IncidentRow[],
  row: (id: string) => IncidentRow | null,
  service: (id: string) => string,
): Choice[] {
  const seen = new Set([of, ...related.map((r) => r.incident)]);
  const choice = (r: IncidentRow, hint: string, group: string): Choice => ({
    id: r.incident.id,
    title: incidentName(r),
    hint,
    group,
  });
  const state = (r: IncidentRow) => `${r.incident.severity} · ${words.incident.statuses[r.incident.status]}`;
  const known = related
    .map((r) => row(r.incident))
    .filter((r) => r !== null)
    .map((r) => choice(r, state(r), w.group));
  const may = suggested
    .filter((s) => !seen.has(s.row.incident.id))
    .map((s) => choice(s.row, `${w.why[s.why](service(s.service))} · ${state(s.row)}`, w.suggested));
  may.forEach((c) => seen.add(c.id));
  const same = (r: IncidentRow) => JSON.stringify(r.incident.people ?? null) === JSON.stringify(people);
  const others = open
    .filter((r) => !seen.has(r.incident.id) && same(r))
    .map((r) => choice(r, state(r), w.others));
  return [...known, ...may, ...others];
}
