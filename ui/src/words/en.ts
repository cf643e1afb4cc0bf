/**
 * Every word of the window. Plain and short; says the consequence; no exclamation marks, no blame.
 * Words of the core (refusals, diagnoses, connection errors) come as they are and stand elsewhere.
 */

import type { Severity } from '../bindings/Severity';
import { mitigation } from './mitigation';
import { many } from './count';
import { happened } from './happened';
import { incidents } from './incidents';
import { attachment, filter, pin } from './attachment';
import { room } from './room';
import { triage } from './triage';
import { playbook } from './playbook';
import { related } from './related';
import { update } from './update';
import { connection, stage, alarm } from './connection';
import {
  held,
  question,
  requests,
  pending,
  actions,
  snooze,
  reassign,
  note,
  resolve,
  status,
  next,
  page,
  alert,
  history,
  pages,
} from './page';
import { pager } from './pager';
import { home } from './home';
import { enrol, settings, alone, team } from './settings';
import { sync, drafts } from './sync';
import { declare, sight, incident, field, moments } from './incident';
import { timeline } from './timeline';
import { runbooks, runbook, run } from './runbook';
import { search, palette, keys } from './keys';
import { list, severity, start } from './say';

export const words = {
  mitigation,
  happened,
  related,
  room,
  triage,
  update,
  attachment,
  filter,
  pin,
  app: 'Firebell',
  many,
  list,
  start,
  you: 'you',
  none: '–',

  go: {
    home: 'Home',
    pages: 'Pages',
    incidents: 'Incidents',
    runbooks: 'Runbooks',
    playbook: 'Playbook',
    drafts: 'Drafts',
    search: 'Search everything',
    settings: 'Settings',
    main: 'Main',
    skip: 'Skip to content',
    openPages: (n: number) => `${many(n, 'open page')}`,
  },

  playbook,

  errors: {
    coreLost:
      'The window has lost the Firebell program behind it. It tries again by itself; if this stays, quit Firebell from the tray and start it again.',
    coreAnswered: (status: number) =>
      `The Firebell program answered with an error (${status}). Try again; if it stays, quit Firebell from the tray and start it again.`,
    notFound: 'This page is not known on this computer. It may have ended more than a day ago.',
    offlineList: (what: string) =>
      `${what} cannot be asked for while offline. It is asked again as soon as the connection is back.`,
  },

  time: {
    now: 'now',
    ago: (span: string) => `${span} ago`,
    ahead: (span: string) => `in ${span}`,
    lessThanMinute: 'just now',
    s: (n: number) => `${n} s`,
    min: (n: number) => `${n} min`,
    h: (n: number) => `${n} h`,
    d: (n: number) => `${n} d`,
    utc: (text: string) => `${text} UTC`,
  },

  severity: {
    ...severity,
    label: (s: Severity) => `${s}, ${severity[s]}`,
  },
  connection,
  stage,
  alarm,
  held,
  question,
  requests,
  pending,
  actions,
  snooze,
  reassign,
  note,
  resolve,
  status,
  next,
  page,
  alert,
  history,
  pager,
  home,
  pages,
  enrol,
  settings,
  sync,
  drafts,

  incidents,
  declare,
  sight,
  incident,
  field,
  moments,
  timeline,
  runbooks,
  runbook,
  run,
  search,
  alone,
  team,
  palette,
  keys,
} as const;
