import { many } from './count';

/** What the team does not know yet, and what it did not take. */

export const sync = {
  allKnown: 'All known to the team',
  waiting: (n: number) => `${many(n, 'change')} waiting`,
  nothingWaiting: 'Nothing waiting',
  offline: (since: string) => `Working offline since ${since}`,
  refusedOne: (title: string) => `One change was not accepted: ${title} – open draft`,
  refused: (n: number) => `${many(n, 'change')} were not accepted – open drafts`,
  alone: 'Only on this computer',
  catchingUp: (percent: number) => `Fetching the team’s history: ${percent} %`,
  notice: (said: string) => said,
  title: 'Changes of this computer',
  connected: 'The team hears from this computer.',
  sentWhen:
    'They are sent as soon as there is a connection. You can go on working; nothing is lost when you quit.',
  sending: 'They are being sent now.',
  none: 'Nothing waits here. Everything you wrote is known to the team.',
  noneOffline: 'Nothing waits here. What others write now arrives when the connection is back.',
  aloneWords:
    'There is no team yet: what you write is kept on this computer, encrypted. When you join a team, the history goes along.',
  aloneJoin: 'Join a team',
  catchingUpWords:
    'Open incidents come first. Older ones appear in lists and search as they arrive; you can work meanwhile.',
  more: (n: number) => `and ${many(n, 'more change')}`,
  line: (what: string, title: string) => `${what} · ${title}`,
  openDrafts: 'Open drafts',
  mark: 'not yet known to the team',
  short: 'waiting',
};

export const drafts = {
  title: 'Drafts',
  lead: 'What the team did not accept. Your words are kept here until you send them again or discard them.',
  none: 'No drafts.',
  noneWords: 'When a change is not accepted, it comes here with the reason and your words.',
  written: (when: string) => `written ${when}`,
  copy: 'Copy the words',
  copied: 'Copied',
  again: 'Send again',
  sending: 'Sending',
  discard: 'Discard',
  discarded: (title: string) => `Discarded: ${title}`,
  undo: 'Undo',
  noRepeat: 'It cannot be sent again as it is: copy the words and write them where they belong now.',
  open: { incident: 'Open incident', runbook: 'Open runbook' } as Record<string, string>,
  list: 'Changes that were not accepted',
  words: 'Your words',
  untitled: 'An incident that you cannot see',
};
