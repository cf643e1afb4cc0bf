import type { IncidentCommand, IncidentEvent } from '../../host/types';
import { words } from '../../words/en';

type Telling = {
  person: (id: string) => string;
  when: (instant: string) => string;
  incident: (id: string) => string;
};
const w = words.timeline.events;
const status = words.incident.statuses;

/** What was decided, in words; the quote is a person's own reason. */
export function eventWords(
  event: IncidentEvent,
  t: Telling,
): { words: string; more: string[]; quote: string } {
  const said = (text: string, more: string[] = [], quote = '') => ({ words: text, more, quote });
  switch (event.type) {
    case 'declared':
      return said(
        w.declared(t.person(event.by), event.declaration.severity),
        event.claimed_at ? [w.declaredOffline(t.when(event.claimed_at))] : [],
      );
    case 'severity_changed':
      return said(w.severity(t.person(event.by), event.from, event.to), [], event.reason);
    case 'status_changed':
      return said(
        w.status(t.person(event.by), status[event.from], status[event.to]),
        event.skipped && event.skipped.length > 0 ? [w.skipped(event.skipped.map((s) => status[s]))] : [],
      );
    case 'reopened':
      return said(w.reopened(t.person(event.by)));
    case 'merged':
      return said(w.merged(t.person(event.by), t.incident(event.into)));
    case 'false_alarm':
      return said(w.falseAlarm(t.person(event.by)), [], event.reason);
    case 'closed':
      return said(w.closed(t.person(event.by)));
    case 'moment_corrected': {
      const at = (instant: string | null) => (instant === null ? words.moments.unknown : t.when(instant));
      const name = words.moments.names[event.moment];
      return said(w.moment(t.person(event.by), name, at(event.from), at(event.to)), [], event.reason);
    }
    case 'made_private':
      return said(w.madePrivate(t.person(event.by), event.people.map(t.person)), [], event.reason);
    case 'made_public':
      return said(w.madePublic(t.person(event.by)), [], event.reason);
    case 'people_changed':
      return said(
        w.peopleChanged(t.person(event.by), event.added.map(t.person), event.removed.map(t.person)),
        [],
        event.reason,
      );
    default:
      return said(w.unknown);
  }
}

/** What was asked, in words. */
export function commandWords(command: IncidentCommand): string {
  const c = words.incident.commands;
  switch (command.do) {
    case 'set_status':
      return c.set_status(status[command.to]);
    case 'set_severity':
      return c.set_severity(command.to);
    case 'correct_moment':
      return c.correct_moment(words.moments.names[command.moment]);
    default:
      return c[command.do];
  }
}
