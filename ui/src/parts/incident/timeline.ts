import type { EntryView, RecordedIncident, RoomHappened } from '../../host/types';
import { ms, otherDay } from '../time/time';

/** One line of the journal: an entry with what it replaced, or something that was decided. */
export type Line =
  | { is: 'entry'; key: string; at: number; view: EntryView; before: EntryView[] }
  | {
      is: 'event';
      key: string;
      at: number;
      happened: RoomHappened;
      /** What was decided, where that is what happened. */
      recorded: RecordedIncident | null;
    };

/**
 * The same lines, and where a line is as it was before, that very line: what shows it has nothing to do. Of an entry
 * that is the entry itself and all before it; of an event the words that it was told in.
 */
export function asBefore(lines: readonly Line[], before: readonly Line[]): readonly Line[] {
  const known = new Map(before.map((line) => [line.key, line]));
  return lines.map((line) => {
    const was = known.get(line.key);
    return was && isAlike(was, line) ? was : line;
  });
}

function isAlike(a: Line, b: Line): boolean {
  if (a.at !== b.at) return false;
  if (a.is === 'entry' && b.is === 'entry')
    return (
      a.view === b.view && a.before.length === b.before.length && a.before.every((v, n) => v === b.before[n])
    );
  if (a.is === 'event' && b.is === 'event')
    return JSON.stringify([a.happened, a.recorded]) === JSON.stringify([b.happened, b.recorded]);
  return false;
}

/** The entries of an answer; those that are as they were in the answer before are the same objects. */
export function viewsAsBefore(views: readonly EntryView[], before: readonly EntryView[]): EntryView[] {
  const known = new Map(before.map((view) => [view.entry.id, view]));
  return views.map((view) => {
    const was = known.get(view.entry.id);
    // What an entry says never changes: a correction is another entry.
    const isAsBefore =
      was &&
      was.author === view.author &&
      was.pending === view.pending &&
      was.corrected_by === view.corrected_by;
    return isAsBefore ? was : view;
  });
}

/** Headings between lines of different days, by the line that they stand above; the first one's is against `now`. */
export function dayHeadings(lines: readonly Line[], now: number, zone: string): ReadonlyMap<string, string> {
  const headings = new Map<string, string>();
  let before = now;
  for (const line of lines) {
    const day = otherDay(line.at, before, zone);
    if (day) headings.set(line.key, day);
    before = line.at;
  }
  return headings;
}

/**
 * What people wrote and what happened beside it, in the order of their times. A correction stands where the first
 * version stood and has its earlier versions, newest first, behind it.
 */
export function timelineLines(
  timeline: readonly EntryView[],
  history: readonly RecordedIncident[] = [],
  record: readonly RoomHappened[] = [],
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
  record.forEach((happened, n) => {
    const { what } = happened;
    const recorded = what.is === 'decided' ? (history[what.place] ?? null) : null;
    const key = what.is === 'decided' ? `event-${what.place}` : `written-${n}`;
    lines.push({ is: 'event', key, at: ms(happened.at), happened, recorded });
  });
  return lines.toSorted((a, b) => a.at - b.at);
}

const MINUTE = 60_000;

/** The lines that share their minute with the one before or after: their times are told to the second. */
export function sharedMinutes(lines: readonly Line[]): ReadonlySet<string> {
  const minute = (line: Line | undefined) => line && Math.floor(line.at / MINUTE);
  const shared = lines.filter(
    (line, n) => minute(lines[n - 1]) === minute(line) || minute(lines[n + 1]) === minute(line),
  );
  return new Set(shared.map((line) => line.key));
}

/** The updates whose place a later one took. */
export function correctedUpdates(history: readonly RecordedIncident[]): ReadonlySet<string> {
  const ids = history.flatMap(({ event }) =>
    event.type === 'update_sent' && event.update.corrects ? [event.update.corrects] : [],
  );
  return new Set(ids);
}
