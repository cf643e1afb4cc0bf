import type { EntryView, RecordedIncident } from '../../host/types';
import { ms } from '../time/time';

/** One line of the journal: an entry with what it replaced, or something that was decided. */
export type Line =
  | { is: 'entry'; key: string; at: number; view: EntryView; before: EntryView[] }
  | { is: 'event'; key: string; at: number; recorded: RecordedIncident };

/**
 * What people wrote and what was decided, in the order in which it happened. A correction stands where the first
 * version stood and has its earlier versions, newest first, behind it.
 */
export function timelineLines(
  timeline: readonly EntryView[],
  history: readonly RecordedIncident[] = [],
): Line[] {
  const byId = new Map(timeline.map((v) => [v.entry.id, v]));
  const lines: Line[] = [];
  // Two corrections of one entry at the same time: the one that lost names the one that won.
  const lost = new Map<string, EntryView[]>();
  for (const view of timeline) {
    if (view.corrected_by === null) continue;
    const rivals = lost.get(view.corrected_by);
    if (rivals) rivals.push(view);
    else lost.set(view.corrected_by, [view]);
  }
  for (const view of timeline) {
    const newest = view.corrected_by !== null && byId.has(view.corrected_by);
    if (newest) continue;
    const before: EntryView[] = [];
    const seen = new Set([view.entry.id]);
    let first = view;
    for (;;) {
      const id = first.entry.corrects;
      const next = id && !seen.has(id) ? byId.get(id) : undefined;
      if (!next) break;
      seen.add(next.entry.id);
      before.push(next);
      first = next;
    }
    for (const rival of lost.get(view.entry.id) ?? []) {
      if (!seen.has(rival.entry.id)) {
        seen.add(rival.entry.id);
        before.push(rival);
      }
    }
    // The key is the first version's: a correction takes its place and does not jump.
    lines.push({ is: 'entry', key: first.entry.id, at: ms(view.entry.at), view, before });
  }
  history.forEach((recorded, n) =>
    lines.push({ is: 'event', key: `event-${n}`, at: ms(recorded.at), recorded }),
  );
  return lines.toSorted((a, b) => a.at - b.at);
}

/** The updates whose place a later one took. */
export function correctedUpdates(history: readonly RecordedIncident[]): ReadonlySet<string> {
  const ids = history.flatMap(({ event }) =>
    event.type === 'update_sent' && event.update.corrects ? [event.update.corrects] : [],
  );
  return new Set(ids);
}
