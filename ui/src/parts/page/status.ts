import type { NextUp, PageRow } from '../../host/types';
import { words } from '../../words/en';
import { moment, ms } from '../time/time';

type Telling = { person: (id: string) => string; me: string | null; now: number; zone: string };

/** How a page stands, in a few words. */
export function statusWords(row: PageRow, t: Telling): string {
  const w = words.status;
  const { page } = row;
  const when = (instant: string) => moment(ms(instant), t.now, t.zone);
  switch (page.status) {
    case 'resolved':
      return w.resolved;
    case 'snoozed':
      return w.snoozed(page.snoozed_until ? when(page.snoozed_until) : words.none);
    case 'acknowledged': {
      const by = page.acknowledged?.by;
      if (by?.kind === 'person') return w.acknowledged(t.person(by.person));
      return by?.kind === 'monitoring' ? w.acknowledgedElsewhere : w.acknowledgedServer;
    }
    case 'triggered': {
      if (page.urgency === 'none') return w.listed;
      if (page.waiting) {
        const [why, until] = page.waiting;
        return why.kind === 'silence' ? w.waitingSilence(when(until)) : w.waitingHours(when(until));
      }
      if (row.ringing) return w.ringingYou;
      const others = page.ringing.map((r) => t.person(r.raise.person));
      return others.length > 0 ? w.ringing(others) : w.triggered;
    }
  }
}

/** Since when it rings for the person at this computer. */
export function ringingSince(row: PageRow): string | null {
  const raise = row.ringing;
  if (!raise) return null;
  return row.page.ringing.find((r) => r.raise.person === raise.person)?.since ?? row.page.opened_at;
}

/** Who is next, without the time. */
export function nextWords(next: NextUp, person: (id: string) => string): string {
  const who = next.people.length > 0 ? words.list(next.people.map(person)) : words.next.nobody;
  return words.next.line[next.why](who);
}
