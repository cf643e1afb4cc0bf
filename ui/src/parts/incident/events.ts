import type { IncidentCommand, IncidentEvent, IncidentRole } from '../../host/types';
import { words } from '../../words/en';
import { toldIn } from '../update/audiences';

export type Telling = {
  person: (id: string) => string;
  when: (instant: string) => string;
  incident: (id: string) => string;
  service: (id: string) => string;
};
export type EventWords = { words: string; more: string[]; quote: string };
const w = words.timeline.events;
const status = words.incident.statuses;

/** What was decided, in words; the quote is a person's own reason. */
export function eventWords(event: IncidentEvent, t: Telling): EventWords {
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
    case 'role_assigned':
      return said(
        w.roleAssigned(
          t.person(event.by),
          role(event.role),
          t.person(event.to),
          event.from === null ? null : t.person(event.from),
        ),
        [],
        event.reason,
      );
    case 'role_left':
      return said(w.roleLeft(t.person(event.by), role(event.role), t.person(event.from)), [], event.reason);
    case 'role_offered':
      return said(w.roleOffered(t.person(event.by), role(event.role), t.person(event.to)), [], event.reason);
    case 'role_confirmed':
      return said(w.roleConfirmed(t.person(event.by), role(event.role)), [], event.status);
    case 'role_handed_over':
      return said(w.roleHandedOver(t.person(event.from), role(event.role), t.person(event.to)));
    case 'offer_withdrawn':
      return said(w.offerWithdrawn(t.person(event.by), role(event.role)), [], event.reason);
    case 'update_sent': {
      const told = toldIn(event.update.texts);
      const names = told.map((audience) => words.incident.audiences[audience]);
      const corrects = event.update.corrects !== undefined;
      return said(
        w.updateSent(t.person(event.by), names, corrects),
        [],
        (told[0] && event.update.texts[told[0]]) ?? '',
      );
    }
    case 'people_paged':
      return said(w.peoplePaged(t.person(event.by), event.people.map(t.person)), [], event.message);
    case 'page_linked':
      return said(w.pageLinked(event.by === null ? null : t.person(event.by)));
    case 'acknowledged':
      return said(w.acknowledged(t.person(event.by), t.when(event.at)));
    case 'alerted': {
      const h = words.happened;
      return said(
        h.alerted(event.alerts, t.service(event.service), event.number),
        event.source === null ? [] : [h.source(event.source)],
        event.title,
      );
    }
    case 'rung': {
      const h = words.happened;
      const people = event.people.map(t.person);
      if (people.length === 0) return said(h.rangNobody(event.step + 1, event.number));
      return said(
        event.admins === true
          ? h.rangAdmins(people, event.number)
          : h.rang(people, event.step + 1, event.number),
      );
    }
    default:
      return said(w.unknown);
  }
}

const role = (id: IncidentRole): string => words.incident.roles[id].toLowerCase();

/** What was asked, in words. */
export function commandWords(command: IncidentCommand, person: (id: string) => string): string {
  const c = words.incident.commands;
  switch (command.do) {
    case 'set_status':
      return c.set_status(status[command.to]);
    case 'set_severity':
      return c.set_severity(command.to);
    case 'correct_moment':
      return c.correct_moment(words.moments.names[command.moment]);
    case 'assign_role':
    case 'offer_role':
      return c[command.do](role(command.role), person(command.to));
    case 'leave_role':
    case 'confirm_role':
    case 'release_role':
    case 'withdraw_offer':
      return c[command.do](role(command.role));
    case 'page_people':
      return c.page_people(command.people.map(person));
    default:
      return c[command.do];
  }
}
