import type { HitKind } from '../bindings/HitKind';
import { many } from './count';

/** Search, the palette of commands and the help for keys. */

export const search = {
  title: 'Search',
  box: 'Search everything',
  hint: 'Incidents, timelines, runbooks, people, services',
  groups: {
    incident: 'Incidents',
    entry: 'Timeline entries',
    runbook: 'Runbooks',
    person: 'People',
    service: 'Services',
    postmortem: 'Postmortems',
  } satisfies Record<HitKind, string>,
  results: 'What was found',
  none: (text: string) => `Nothing was found for “${text}”.`,
  noneWords: 'Try fewer or other words.',
  noneCatchingUp: 'The team’s history is still being fetched: it may be in the part to come.',
  start: 'Type to search what this computer knows. It works offline.',
  count: (n: number, more: boolean) => (more ? `the first ${n}` : many(n, 'result')),
  forText: (text: string) => `Search for “${text}”`,
};

export const palette = {
  title: 'Commands',
  search: 'What do you want to do?',
  none: 'No command matches.',
  groups: { page: 'This page', thing: 'What is open', go: 'Go to', list: 'List', app: 'Firebell' },
};

export const keys = {
  title: 'Keys',
  palette: 'All commands',
  help: 'These keys',
  nextInList: 'Next in the list',
  previousInList: 'Previous in the list',
  open: 'Open',
  back: 'Back',
  filter: 'Filter the list',
  close: 'Close',
  note: 'Single letters do nothing while you type in a field.',
  kinds:
    'In a timeline Alt 1 to Alt 7 choose the kind of the entry; when declaring, Alt 1 to Alt 4 the severity.',
  then: 'then',
  openRunbook: 'Open the runbook',
};
