import type { IncidentPart } from '../bindings/IncidentPart';
import { counted, many } from './count';

const last: Record<string, string> = {
  '1': 'Last 24 hours',
  '7': 'Last 7 days',
  '30': 'Last 30 days',
  '90': 'Last 90 days',
};

/** The list of incidents: what is listed, narrowed down, kept as a view, written to a file. */
export const incidents = {
  title: 'Incidents',
  list: 'Incidents',
  declare: 'Declare an incident',
  count: (n: number) => many(n, 'open incident'),
  number: (n: number) => `#${n}`,
  noNumber: 'no number yet',
  noService: 'no service',
  nobody: 'nobody',
  noCommander: 'nobody commands',
  took: (span: string) => `took ${span}`,
  loading: 'Loading incidents',
  offline: (since: string) =>
    `Offline since ${since}: this is what this computer knew then, and what was written here since.`,
  shown: (n: number, of: number) => `${counted(n)} of ${counted(of)}`,

  views: {
    label: 'Views',
    open: 'Open',
    all: 'All',
    go: (name: string) => `Show incidents: ${name}`,
    next: 'Next view of the incidents',
    save: 'Save as a view',
    saveChanges: (name: string) => `Save the change to “${name}”`,
    name: 'Name of the view',
    nameHint: 'Kept on this computer, for you',
    nameEmpty: 'Give the view a name.',
    nameLong: (over: number) => `The name is ${many(over, 'character')} too long.`,
    nameTaken: (name: string) => `There is a view called “${name}” already. Choose another name.`,
    tooMany: (n: number) => `${counted(n)} views are kept at most. Delete one first.`,
    done: 'Save',
    cancel: 'Cancel',
    remove: (name: string) => `Delete the view “${name}”`,
    removed: (name: string) => `The view “${name}” is deleted.`,
    undo: 'Undo',
  },

  filter: {
    key: 'Filter the incidents',
    more: 'Filter',
    text: 'Words or number',
    textHint: 'Words in title or impact, or a number',
    status: 'Status',
    anyStatus: 'Any status',
    open: 'Open',
    ended: 'Ended',
    severity: 'Severity',
    service: 'Service',
    anyService: 'Any service',
    person: 'Person',
    anybody: 'Anybody',
    me: (name: string) => `${name} (you)`,
    part: 'Part',
    parts: {
      any: 'in any part',
      declared_by: 'declared it',
      commander: 'commands',
      role: 'has a role',
      responder: 'responds',
    } satisfies Record<IncidentPart, string>,
    time: 'Declared',
    anyTime: 'At any time',
    last,
    between: 'Between …',
    from: 'From day',
    until: 'To day',
    chips: 'Filtered by',
    drop: (what: string) => `Drop: ${what}`,
    clear: 'Clear all',
    words: (text: string) => `“${text}”`,
    declared: (from: string | null, to: string | null) =>
      from && to
        ? from === to
          ? `declared on ${from}`
          : `declared ${from} to ${to}`
        : from
          ? `declared from ${from}`
          : `declared up to ${to}`,
    since: (days: string) => `declared in the ${(last[days] ?? `last ${days} days`).toLowerCase()}`,
    personIs: (name: string, part: string) => `${name}: ${part}`,
  },

  none: 'No incident yet.',
  noneWords:
    'When something hurts users, declare it: it gets a number, a timeline and a status everybody can read. When in doubt, declare.',
  noneOpen: 'No incident is open.',
  noneOpenWords: (n: number) =>
    `${many(n, 'incident')} ended. Declare one when something hurts users; when in doubt, declare.`,
  noMatch: 'No incident matches.',
  noMatchWords: (n: number) => `${many(n, 'incident')} without this filter.`,
  clear: 'Clear the filter',
  showAll: 'Show all',

  columns: {
    severity: 'Severity',
    number: 'No.',
    title: 'Title',
    status: 'Status',
    commander: 'Commander',
    since: 'Since',
    due: 'Next update',
    services: 'Services',
  },
  due: { missed: (by: string) => `missed ${by}`, now: 'now' },

  export: {
    title: 'Save to a file',
    key: 'Save this list to a file',
    csv: 'CSV, for a spreadsheet',
    csvHint: 'Times in UTC, durations in seconds',
    json: 'JSON, for a script',
    jsonHint: 'The same fields, as an array',
    what: (n: number) => `${many(n, 'incident')}, as the list is filtered now`,
    underway: 'Writing the file …',
    done: (n: number, path: string) => `${many(n, 'incident')} saved to ${path}`,
    empty: (path: string) =>
      `No incident matches, so the file has the names of the columns and nothing else: ${path}`,
    dismiss: 'Dismiss',
  },
};
