import type { EntryKind } from '../bindings/EntryKind';
import { many } from './count';
import { list, start } from './say';

/** The timeline of an incident. */

export const timeline = {
  title: 'Timeline',
  kinds: {
    checking: 'checking',
    theory: 'theory',
    found: 'found',
    need: 'need',
    decision: 'decision',
    action: 'action',
    note: 'note',
  } satisfies Record<EntryKind, string>,
  asks: {
    checking: 'What are you looking at?',
    theory: 'What could it be?',
    found: 'What did you find?',
    need: 'What or whom do you need?',
    decision: 'What is decided?',
    action: 'What is being done?',
    note: 'What do you see?',
  } satisfies Record<EntryKind, string>,
  alt: (n: number) => `Alt ${n}`,
  kind: 'Kind of entry',
  kindTitle: (kind: string, key: string) => `${kind} (${key})`,
  field: 'New entry',
  why: 'Why?',
  whyField: 'Reason of the decision',
  add: 'Add',
  hint: 'Alt 1 to 7 choose the kind; or type it first: “theory: …”',
  readsAlong: 'You read along: what you write here is not taken by the team. Ask an admin for more.',
  focus: 'Write into the timeline',
  none: 'Nothing is written yet.',
  noneWords:
    'Write what you see, try and decide: whoever joins later reads it here, and the postmortem is made of it.',
  empty: 'Write the entry first.',
  whyEmpty: 'Say why: decisions are remembered with their reason.',
  long: (n: number) => `${many(n, 'character')} too long: 10,000 fit. Shorten it or split it.`,
  correct: 'Correct',
  correctLabel: (text: string) => `Correct: ${text}`,
  correctKey: 'Correct the entry',
  correctTitle: 'Correct this entry',
  correctField: 'Entry',
  correctHint: 'The first version stays on record behind it.',
  corrected: (n: number) => (n === 1 ? 'corrected' : `corrected ${n} times`),
  was: 'was',
  because: (why: string) => `because ${why}`,
  earlier: (n: number) => `Show ${many(n, 'earlier line')}`,
  newBelow: (n: number) => `${many(n, 'new line')} below`,
  next: 'Next entry',
  previous: 'Previous entry',
  events: {
    declared: (who: string, sev: string) => `${start(who)} declared it as ${sev}`,
    declaredOffline: (when: string) => `Declared ${when} while offline; the team learned of it now.`,
    severity: (who: string, from: string, to: string) =>
      `${start(who)} changed the severity: ${from} → ${to}`,
    status: (who: string, from: string, to: string) => `${start(who)} changed the status: ${from} → ${to}`,
    skipped: (all: string[]) => `${list(all)} ${all.length === 1 ? 'was' : 'were'} left out.`,
    reopened: (who: string) => `${start(who)} reopened it`,
    merged: (who: string, into: string) => `${start(who)} merged it into ${into}`,
    falseAlarm: (who: string) => `${start(who)} marked it as a false alarm`,
    closed: (who: string) => `${start(who)} closed it`,
    moment: (who: string, name: string, from: string, to: string) =>
      `${start(who)} corrected “${name}”: ${from} → ${to}`,
    madePrivate: (who: string, people: string[]) =>
      `${start(who)} made it private. Those who can see it: ${list(people)}`,
    madePublic: (who: string) => `${start(who)} let the whole team see it`,
    peopleChanged: (who: string, added: string[], removed: string[]) =>
      `${start(who)} changed who can see it: ${[
        ...(added.length > 0 ? [`added ${list(added)}`] : []),
        ...(removed.length > 0 ? [`removed ${list(removed)}`] : []),
      ].join('; ')}`,
    roleAssigned: (who: string, role: string, to: string, from: string | null) =>
      from === null
        ? who === to
          ? `${start(who)} took ${role}`
          : `${start(who)} gave ${role} to ${to}`
        : who === to
          ? `${start(who)} took ${role} over from ${from}, without a hand-over`
          : `${start(who)} gave ${role} to ${to} instead of ${from}`,
    roleLeft: (who: string, role: string, from: string) =>
      who === from ? `${start(who)} left ${role}; nobody has it` : `${start(who)} took ${role} from ${from}`,
    roleOffered: (who: string, role: string, to: string) => `${start(who)}: “I am handing ${role} to ${to}”`,
    roleConfirmed: (who: string, role: string) => `${start(who)} confirmed ${role}; this is how things stand`,
    roleHandedOver: (from: string, role: string, to: string) => `${start(from)} handed ${role} over to ${to}`,
    offerWithdrawn: (who: string, role: string) => `${start(who)} ended the hand-over of ${role}`,
    updateSent: (who: string, audiences: string[], corrects: boolean) =>
      `${start(who)} sent ${corrects ? 'a correction' : 'an update'} to ${list(audiences)}`,
    peoplePaged: (who: string, people: string[]) => `${start(who)} paged ${list(people)}`,
    pageLinked: (who: string | null) =>
      who === null ? 'A page was opened for it' : `${start(who)} linked a page to it`,
    acknowledged: (who: string, at: string) => `${start(who)} acknowledged the page at ${at}`,
    unknown: 'Something this version does not know',
  },
};
