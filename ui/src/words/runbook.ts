import type { RunbookDifferenceKind } from '../bindings/RunbookDifferenceKind';
import type { RunbookMatchedBy } from '../bindings/RunbookMatchedBy';
import type { RunbookStanding } from '../bindings/RunbookStanding';
import type { RunRecord } from '../bindings/RunRecord';
import { many } from './count';
import { list } from './say';

/** Runbooks, and their commands when they run. */

export const runbooks = {
  title: 'Runbooks',
  list: 'Runbooks',
  filter: 'Filter runbooks',
  filterHint: 'Words, service or owner',
  add: 'New runbook',
  addTitle: 'New runbook',
  addField: 'What is it for?',
  addHint: 'For example “Checkout: high error rate”.',
  addEmpty: 'Give it a title.',
  addGo: 'Make it',
  archivedToo: 'Show archived ones',
  none: 'No runbook yet.',
  noneWords:
    'A runbook says what to do when a service fails, step by step, so that nobody has to think of it at night.',
  noMatch: (text: string) => `No runbook matches “${text}”.`,
  clear: 'Clear the filter',
  shown: (n: number, of: number) => `${n.toLocaleString('en-GB')} of ${of.toLocaleString('en-GB')}`,
  columns: { title: 'Title', service: 'Service', owner: 'Owner', reviewed: 'Last reviewed' },
  gap: (n: number, names: string[]) =>
    names.length < n
      ? `Without a runbook: ${names.join(', ')} and ${n - names.length} more`
      : `Without a runbook: ${list(names)}`,
  never: 'never reviewed',
  due: (days: number) => `review due: last ${days} days ago`,
  good: (days: number) =>
    days === 0 ? 'reviewed today' : days === 1 ? 'reviewed yesterday' : `reviewed ${days} days ago`,
  noOwner: 'no owner',
  noService: 'no service',
  archived: 'archived',
  loading: 'Loading runbooks',
};

export const runbook = {
  loading: 'Loading the runbook',
  notFound: 'This runbook is not on this computer. It may arrive with the team’s history.',
  back: 'All runbooks',
  group: 'This runbook',
  reviewed: 'I have reviewed it',
  reviewedWhy:
    'Says that you have read all of it and found it true. Its commands can be run until the text changes.',
  archive: 'Archive',
  unarchive: 'Bring back',
  archivedWords: 'This runbook is archived: it is not offered during incidents.',
  body: (title: string) => `Text of the runbook ${title}`,
  edit: 'Write',
  read: 'Read',
  editWhy: 'Write in the text',
  readWhy: 'Read the text',
  preview: 'As it will be read',
  empty: 'Nothing is written yet.',
  emptyWords: 'Begin with the sections that your team wants, or write as you like.',
  begin: 'Begin with all sections',
  cut: 'The text is longer than 256 KiB: its end is not shown here.',
  labelWrong: (line: string) => `“${line}” is no label: write name=value.`,
  noLabels: 'None: labels do not find it.',
  noUrls: 'None: links do not find it.',
  notTested: 'Not said.',
  next: (when: string) => `next review ${when}`,
  by: (who: string) => `by ${who}`,
  standing: {
    never: 'never reviewed',
    changed: 'changed since its review',
    due: 'review due',
    good: 'reviewed',
  } satisfies Record<RunbookStanding, string>,
  running: (line: string) => `Running here: ${line}`,
  look: 'Look',
  found: {
    url: 'by its link',
    label: 'by its labels',
    service: 'by its service',
  } satisfies Record<RunbookMatchedBy, string>,
  step: {
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'This system does not let the window copy. Select the command and copy it.',
    run: 'Run',
    copyTitle: 'Copy the chosen command',
    runTitle: 'Run the chosen command',
    next: 'Next command',
    previous: 'Previous command',
  },
  outline: {
    label: 'Sections',
    empty: '· empty',
    missing: (n: number) => (n === 1 ? 'One section is missing' : `${n} sections are missing`),
  },
  versions: {
    title: 'Versions of this runbook',
    open: 'Versions',
    label: 'Version',
    loading: 'Loading the versions',
    none: 'No version is kept yet. One is kept whenever the text was changed and then left or reviewed.',
    lines: (added: number, removed: number) => `+${added} −${removed} lines`,
    reviewed: 'reviewed',
    toNow: 'Compare with the text as it is now',
    restore: 'Write this text back',
    restored: 'Written back. What stood before is kept as a version.',
    difference: 'What changed',
    same: 'Nothing: both texts are the same.',
    cut: 'There is more than is shown here.',
    close: 'Close',
    signs: { same: '', added: '+', removed: '−' } satisfies Record<RunbookDifferenceKind, string>,
    kinds: { same: '', added: 'added: ', removed: 'removed: ' } satisfies Record<
      RunbookDifferenceKind,
      string
    >,
  },
  opening: 'Opening the text',
  placeholder:
    '# Overview, symptoms, first steps, mitigation, rollback, who to call. Commands as they are typed.',
  failed: (why: string) => `The text cannot be kept now: ${why} What you type stays here and is tried again.`,
  others: (names: string[]) => `${list(names)} ${names.length === 1 ? 'is' : 'are'} writing here too.`,
  saved: 'Kept as you type.',
  full: 'A text has room for 4 MiB, and this would be more: it was not taken in. Paste a part of it, or attach it to the incident as a file.',
  leave: 'Esc leaves the text.',
};

export const run = {
  title: 'Run a command on this computer',
  titleRuns: 'Command on this computer',
  command: 'This is run, word by word, without a shell',
  found: (program: string, seconds: number) =>
    `${program} · stopped after ${seconds % 60 === 0 ? many(seconds / 60, 'minute') : many(seconds, 'second')}`,
  incident: 'Into the timeline of',
  incidentHint: 'Keeps who ran what, why, and what came of it.',
  incidentNone: 'No incident is open. Declare one first, or copy the command.',
  incidentChoose: 'Choose an incident',
  incidentEmpty: 'Choose the incident whose timeline keeps the record.',
  reason: 'Why?',
  reasonHint: 'It stands in the timeline.',
  reasonEmpty: 'Say why the command is run.',
  target: 'Environment and revisions',
  environment: 'Environment',
  from: 'Revision before',
  to: 'Revision after',
  go: 'Run it',
  starting: 'Starting',
  stopping: 'Stopping: it may tidy up for five seconds',
  running: (time: string) => `Running for ${time}`,
  ended: (record: RunRecord, time: string): string =>
    ({
      running: 'Running',
      succeeded: `Done after ${time}`,
      failed:
        record.exit_code === null || record.exit_code === undefined
          ? `Ended by signal ${record.signal ?? '?'} after ${time}`
          : `Failed with exit code ${record.exit_code} after ${time}`,
      stopped: `Stopped after ${time}`,
      timed_out: `Stopped by its time-out after ${time}`,
      not_started: 'Could not be started',
    })[record.outcome],
  output: 'Output of the command',
  silent: 'Nothing printed yet.',
  nothing: 'It printed nothing.',
  skipped: (n: number) => `${many(n, 'line')} not kept`,
  stop: 'Stop',
  leave: 'It goes on when you close this.',
  done: 'Done',
  copyOutput: 'Copy the output',
  kept: 'The timeline has it, without secrets.',
  here: 'Commands of runbooks',
  hereTeam: 'Run here what the team allows',
  hereHint: (allowed: boolean) =>
    allowed
      ? 'Your team allows it. Off, commands are copied on this computer, never run.'
      : 'Your team has not allowed it: commands are copied. An admin can change that in the team’s file.',
};
