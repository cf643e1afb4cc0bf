import type { IncidentStatus } from '../bindings/IncidentStatus';
import type { FieldName } from '../parts/update/form';

const start = (who: string) => (who === 'you' ? 'You' : who);
const places = (n: number) => `${n} ${n === 1 ? 'place' : 'places'}`;

/** Status updates: written, sent, corrected; and when the next one is due. */
export const update = {
  title: 'Status update',
  titleCorrection: 'Correct an update',
  sheetTitle: (corrects: boolean, incident: string) =>
    `${corrects ? 'Correct an update' : 'Status update'} · ${incident}`,
  open: 'Write an update',
  loading: 'Loading the update',
  fields: {
    headline: 'Headline for readers outside',
    impact: 'What users experience',
    known: 'What we know',
    doing: 'What we are doing',
    workaround: 'What users can do meanwhile',
    what_happened: 'What happened',
    fix: 'How it was fixed',
    what_next: 'What comes next',
  } satisfies Record<FieldName, string>,
  headlineWhy: 'The incident is named in the words of an alert; those stay inside.',
  left: 'What the update says',
  status: 'Status',
  /** What it does to the incident. */
  statusDoes: {
    investigating: 'Reopens the incident: updates are due again.',
    identified: 'Sets it to identified: the cause is known.',
    monitoring: 'Sets it to monitoring: it seems fixed.',
    resolved: 'Resolves it: it is over, and no further update is due.',
  } as Partial<Record<IncidentStatus, string>>,
  statusBack: 'Sets it back to investigating: the cause is open again.',
  statusStays: (status: string) => `It stays ${status}.`,
  statusCorrection: (status: string) =>
    `It stays ${status}. A correction moves neither the status nor the time of the next update.`,
  statusAlt: (n: number) => `Alt ${n}`,
  next: 'Next update',
  nextUsual: 'usual',
  nextIn: (length: string) => `in ${length}`,
  nextAt: 'at',
  nextAtField: 'Time of the next update',
  nextWhenKnown: 'as soon as we learn more',
  nextLatest: (severity: string, when: string, length: string) =>
    `${severity}: ${length} from now at the latest, ${when}.`,
  nextTooLate: (severity: string, when: string) => `Too late for ${severity}: name ${when} or earlier.`,
  nextPast: 'This time has passed: name a later one.',
  nextShape: 'This is not a time. Write 02:30 or 2026-11-25 02:30.',
  nextWhenKnownWhy: (length: string) => `You are reminded in ${length} all the same.`,
  nextWrong: 'The time of the next update does not do: see there.',
  right: 'What each audience reads',
  audiences: 'Goes to',
  bySeverity: (severity: string) => `Chosen: those whom ${severity} tells.`,
  byHand: 'Chosen by you.',
  text: (audience: string) => `Text for ${audience}`,
  readers: (people: string) => `Told automatically: ${people}.`,
  fromTemplate: 'from the template',
  written: 'written by hand',
  back: 'Back to the template',
  behind: 'What you filled in has changed since, and this text has not.',
  nobody: 'Nobody gets it yet: choose at least one audience.',
  emptyText: (audience: string) => `The text for ${audience} is empty: write it, or leave ${audience} out.`,
  none: 'Choose who gets it: each audience has its own text.',
  findingsIn: (n: number, audiences: string) => `${places(n)} to look at in the text for ${audiences}`,
  replace: (suggestion: string) => `Replace with “${suggestion}”`,
  replaceKey: 'replaces the marked word at the caret or the next one',
  meanwhile: (who: string, when: string) => `${start(who)} sent an update ${when}, after you began this one.`,
  theirWords: 'Their words',
  takeTheirs: 'Begin from their words',
  keepMine: 'Keep mine',
  taken: 'These are their words. Yours are kept.',
  backToMine: 'Back to mine',
  waiting: (when: string) => `The update of ${when} waits for the team; this one goes out after it.`,
  corrects: (who: string, when: string) =>
    `Takes the place of what ${who} sent ${when}. Both stay on record.`,
  dueNext: (when: string, length: string) => `The next is due ${when}, ${length} from now.`,
  dueKnown: 'The next one comes as soon as you know more.',
  dueNone: 'No further update is due.',
  send: (audiences: number, one: string, status: string | null) =>
    `Send to ${audiences === 1 ? one : `${audiences} audiences`}${status ? ` and set to ${status}` : ''}`,
  sendResolve: (audiences: number, one: string) =>
    `Send to ${audiences === 1 ? one : `${audiences} audiences`} and resolve`,
  sendCorrection: (audiences: number, one: string) =>
    `Send the correction to ${audiences === 1 ? one : `${audiences} audiences`}`,
  sendNobody: 'Send',
  sendMarked: (audiences: number, one: string) =>
    `Send as it is to ${audiences === 1 ? one : `${audiences} audiences`}`,
  asking: (marked: string) =>
    `Marked, and readers outside would see it: ${marked}. Send once more to send it as it is, or change it.`,
  sending: 'Sending',
  later: 'Later',
  laterWhy: 'What you wrote is kept.',
  offline: 'Offline: it is sent as soon as the team is reached, with its status. Until then nobody sees it.',
  alone: 'Alone: it is kept on this computer.',
  cadence: {
    in: (length: string) => `next update in ${length}`,
    due: 'update due now',
    dueSince: (length: string) => `update due for ${length}`,
    missed: (length: string) => `update missed, due ${length} ago`,
    times: (n: number) => `${n} in a row`,
    none: 'no update due',
  },
  noNews: {
    send: 'Say that nothing is new',
    takeBack: 'Take it back',
    goes: (length: string) => `“Nothing is new” in ${length}`,
    said: '“Nothing is new” goes out in a few seconds. Z takes it back.',
    takenBack: 'Taken back: nothing was sent.',
    tooLate: 'Too late: it was sent. A correction can follow.',
    unsent: (why: string) => `“Nothing is new” was not sent. ${why}`,
    seen: 'I have seen it',
  },
  sent: {
    tabs: 'Texts by audience',
    corrected: 'corrected later',
    correct: 'Correct',
    correctLabel: (who: string) => `Correct the update of ${who}`,
    more: 'Show all of it',
    less: 'Show less',
  },
} as const;
