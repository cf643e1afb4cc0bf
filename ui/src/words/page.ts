import type { Liveness } from '../bindings/Liveness';
import type { NextWhy } from '../bindings/NextWhy';
import type { RoundReason } from '../bindings/RoundReason';
import type { Via } from '../bindings/Via';
import type { WantedFor } from '../bindings/WantedFor';
import { many } from './count';
import { list, start, via } from './say';

/** Pages: what they say, and what a person can do with one. */

export const held = {
  title: 'Paging is held',
  words:
    'The server was restored from a backup. Nobody is paged until the operator runs “firebell-server paging resume”.',
};

export const question = {
  title: (what: string, page: string) => `Not done: ${what} · ${page}`,
  asked: (when: string) => `you asked ${when}`,
  repeat: 'Do it now',
  dismiss: 'Leave it',
  open: 'Open page',
  more: (n: number) => `${many(n, 'more question')} after this`,
};

export const requests = {
  acknowledge: 'Acknowledge',
  escalate: 'Escalate now',
  reassign: (who: string) => `Reassign to ${who}`,
  snooze: (until: string) => `Snooze until ${until}`,
  resolve: 'Resolve',
  note: 'Add a note',
  noteText: (text: string) => `Note: ${text}`,
};

export const pending = {
  mark: 'not yet known to the team',
  line: (what: string, when: string) => `${what} · asked ${when} · not yet known to the team`,
  why: 'It is sent as soon as there is a connection. Until then the page goes on ringing for others.',
};

export const actions = {
  acknowledge: 'Acknowledge',
  acknowledgeWhy: 'Stops the ringing for everybody and tells the team you have it',
  escalate: 'Escalate',
  escalateWhy: 'Rings the next person now',
  snooze: 'Snooze',
  snoozeWhy: 'Stops the ringing and comes back later',
  reassign: 'Reassign',
  reassignWhy: 'Rings another person instead',
  note: 'Note',
  noteWhy: 'Writes a line into the page’s history',
  resolve: 'Resolve',
  resolveWhy: 'Ends the page; a new alert opens another one',
  working: 'Asking',
  group: 'What you can do',
};

export const snooze = {
  title: 'Snooze this page',
  fifteen: '15 minutes',
  hour: '1 hour',
  morning: 'Until the morning',
  until: (when: string) => `rings again ${when}`,
};

export const reassign = {
  title: 'Who should be rung instead?',
  search: 'Name',
  onCall: (schedule: string) => `on call: ${schedule}`,
  nobody: 'Nobody else in the team can be paged.',
};

export const note = {
  title: 'Add a note',
  field: 'Note for the page’s history',
  hint: 'Everybody in the team can read it. It also counts as a sign of life, so the page does not come back as forgotten.',
  save: 'Add note',
  left: (n: number) => `${many(n, 'character')} left`,
  empty: 'Write the note first.',
};

export const resolve = {
  title: 'Resolve this page?',
  yes: 'Resolve: it ends for everybody',
  no: 'Keep it open',
  firing: (n: number) => `${many(n, 'alert')} still firing`,
};

export const status = {
  ringingYou: 'ringing you',
  ringing: (who: string[]) => `ringing ${list(who)}`,
  triggered: 'open, nobody rung yet',
  listed: 'listed only: rings nobody',
  acknowledged: (who: string) => `${start(who)} ${who === 'you' ? 'have' : 'has'} it`,
  acknowledgedElsewhere: 'acknowledged in the monitoring system',
  acknowledgedServer: 'acknowledged',
  snoozed: (until: string) => `snoozed until ${until}`,
  resolved: 'resolved',
  waitingHours: (until: string) => `waits for business hours: ${until}`,
  waitingSilence: (until: string) => `silenced until ${until}`,
};

export const next = {
  who: (who: string, at: string) => `${who} at ${at}`,
  line: {
    step: (who: string) => who,
    next_round: (who: string) => `the chain again: ${who}`,
    admins: (who: string) => `the team’s admins: ${who}`,
    forgotten: (who: string) => `comes back to ${who} if nothing happens`,
    snooze_ends: (who: string) => `rings ${who} again`,
  } satisfies Record<NextWhy, (who: string) => string>,
  nobody: 'nobody in particular',
  none: 'Nobody is rung next.',
  label: 'Next',
};

export const page = {
  number: (n: number) => `Page ${n}`,
  since: (when: string) => `since ${when}`,
  counts: (alerts: number, signals: number) =>
    signals > alerts ? `${many(alerts, 'alert')}, ${many(signals, 'signal')}` : many(alerts, 'alert'),
  firing: (firing: number, alerts: number) =>
    firing === 0 ? 'none firing now' : firing === alerts ? 'all still firing' : `${firing} still firing`,
  from: (source: string) => `from ${source}`,
  origin: {
    severity: 'opened for an incident',
    named: 'wanted by name for an incident',
    update: 'an update of an incident was missed',
  } satisfies Record<WantedFor, string>,
  incident: 'Incident',
  incidentOpen: 'Open the incident',
  where: 'Service',
  runbook: 'Runbook',
  runbookOpen: 'Open',
  noRunbook: 'no runbook: flagged',
  noRunbookWhy:
    'An alert without a runbook leaves the next person guessing. Add one to the service or the alert.',
  paged: 'Paged',
  pagedNobody: 'nobody yet',
  policy: 'Policy',
  policyLine: (policy: string, steps: number, rounds: number) =>
    `${policy} · ${many(steps, 'step')}, ${many(rounds, 'round')}`,
  severity: 'Severity',
  facts: 'Facts',
  alerts: 'Alerts',
  alertsMore: (n: number) => `Show all ${n}`,
  alertsNewest: (shown: number, all: number) => `the newest ${shown} of ${all.toLocaleString('en-GB')}`,
  history: 'History',
  historyEmpty: 'Nothing has happened yet.',
  back: 'All pages',
  ended: 'This page has ended.',
  loading: 'Loading the page',
  choose: 'Choose a page on the left to see what, where and who.',
};

export const alert = {
  firing: 'firing',
  over: 'over',
  times: (n: number) => `said ${many(n, 'time')}`,
  started: 'Started',
  claimed: 'Its own time',
  lastSeen: 'Last seen',
  ended: 'Ended',
  source: 'Source',
  key: 'Key',
  integration: 'Came by',
  labels: 'Labels',
  details: 'Details',
  links: 'Links',
  description: 'Description',
  none: 'No alert is kept for this page.',
};

export const history = {
  opened: (number: number, service: string, sev: string, alerts: number) =>
    `Page ${number} opened for ${service}: ${sev}${alerts > 0 ? `, ${many(alerts, 'alert')}` : ', for an incident'}`,
  startedEarlier: (when: string) => `The monitoring system says it started ${when}.`,
  deferredHours: (until: string) => `Rings nobody before business hours: ${until}`,
  deferredSilence: (until: string) => `Silenced for maintenance until ${until}`,
  released: 'What held it back is over: it may ring now',
  joined: (n: number) => `${many(n, 'more alert')} joined; nobody is rung for that`,
  repeated: (n: number) =>
    `The same alerts fired again ×${n.toLocaleString('en-GB')}; nobody is rung for that`,
  joinedAndRepeated: (n: number, again: number) =>
    `${many(n, 'more alert')} joined, and alerts fired again ×${again.toLocaleString('en-GB')}; nobody is rung for that`,
  alertsEnded: (n: number, firing: number) =>
    firing === 0
      ? `${many(n, 'alert')} ended: none is firing now`
      : `${many(n, 'alert')} ended: ${firing.toLocaleString('en-GB')} still firing`,
  severityRaised: (from: string, to: string) => `Worse than before: ${from} is now ${to}`,
  round: {
    opened: () => 'Paging began',
    repeat: (turn: number) => `Nobody answered: the whole chain again (time ${turn})`,
    forgotten: () => 'Acknowledged, and then nothing happened: it came back',
    reassigned: () => 'The chain began again with the new person',
    escalated: () => 'It left the hands it was in: the chain goes on',
    snooze_ended: () => 'The snooze is over: it rings again',
    severity_raised: () => 'It rings again because it got worse',
    flapped: () => 'It fired again shortly after it was resolved: it rings again',
    exhausted: () => 'Every round went by without an answer: the team’s admins are alarmed',
  } satisfies Record<RoundReason, (turn: number) => string>,
  first: (who: string) => `${start(who)} first.`,
  rang: (who: string[], step: number) => `Rang ${list(who)} (step ${step})`,
  rangNobody: (step: number) => `Step ${step} rang nobody`,
  nobody: (target: string) => `Nobody stands behind ${target} at this time.`,
  late: (span: string) => `${span} later than due.`,
  notWaited: (who: string[]) => `Nobody waited for ${list(who)}: no device answered.`,
  liveness: {
    alive: 'reachable',
    dead: 'no device answered',
    unknown: 'not known whether a device is there; waited for all the same',
  } satisfies Record<Liveness, string>,
  receipts: { sent: 'sent', delivered: 'delivered', shown: 'shown', seen: 'seen' },
  noReceipt: 'no device has confirmed yet',
  receiptAlone: (who: string, device: string, state: string) => `${start(who)}: ${device} · ${state}`,
  channel: { ntfy: 'phone (ntfy)', webhook: 'webhook' },
  channelDue: 'waits for its delay',
  channelUsed: 'used',
  channelDelivered: 'delivered',
  channelFailed: (why: string) => `failed: ${why}`,
  channelUsedAlone: (kind: string, who: string) => `Used ${kind} for ${who}`,
  channelDeliveredAlone: (who: string) => `A channel reached ${who}`,
  channelFailedAlone: (who: string, why: string) => `A channel to ${who} failed: ${why}`,
  acknowledged: (who: string, how: Via) => `${start(who)} acknowledged ${via[how]}`,
  acknowledgedMonitoring: 'Acknowledged in the monitoring system',
  acknowledgedServer: 'Acknowledged by Firebell',
  claimed: (when: string) => `Pressed ${when} while offline; the team learned of it now.`,
  comesBack: (when: string) => `Comes back ${when} if nothing happens.`,
  escalated: (who: string) => `${start(who)} asked for the next person`,
  reassigned: (who: string, to: string) => `${start(who)} gave it to ${to}`,
  snoozed: (who: string, until: string) => `${start(who)} snoozed it until ${until}`,
  noted: (who: string) => `${start(who)} noted`,
  resolved: (who: string) => `${start(who)} resolved it`,
  resolvedMonitoring: 'Resolved: the monitoring system says it is over',
  resolvedServer: 'Resolved by Firebell: every alert is over',
  unknown: (type: string) => `Something this version does not know: ${type}`,
};

export const pages = {
  title: 'Pages',
  open: (n: number) => `Open (${n.toLocaleString('en-GB')})`,
  ended: (n: number) => `Ended (${n.toLocaleString('en-GB')})`,
  filter: 'Filter pages',
  filterHint: 'Words, service, number or severity',
  none: 'No page, open or ended, in the last day.',
  noneWords: 'When an alert fires it appears here. To see one now, ring yourself from Settings → Sound.',
  noMatch: (text: string) => `No page matches “${text}”.`,
  clear: 'Clear the filter',
  shown: (n: number, of: number) => `${n.toLocaleString('en-GB')} of ${of.toLocaleString('en-GB')}`,
  asOf: (when: string) => `as known at ${when}`,
  endedUnknown: 'Ended pages could not be loaded.',
  listLabel: 'Pages',
};
