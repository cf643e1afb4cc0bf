import type {
  Action,
  ActionChange,
  ActionRow,
  PlacedComment,
  PostmortemView,
  SectionView,
} from '../src/host/types';
import { at } from './fixtures';
import * as l from './library';
import type { Answers, Mock } from './mock';

/** A postmortem in the making, as a core would tell. */
export const hex = (n: number) => String(n).padStart(32, '0');
const uuid = (n: number) => `0190a1b2-0000-7000-a000-${String(n).padStart(12, '0')}`;

type Said = Partial<PlacedComment['comment']> & { text: string; suggestion?: string; mine?: boolean };
let said = 0;
/** On the first section. */
export function comment({ text, suggestion, mine = false, ...more }: Said): PlacedComment {
  const quote = 'The queue filled up.';
  return {
    comment: {
      id: hex(++said),
      written: { section: 'summary', anchor: 'x', quote, text, ...(suggestion ? { suggestion } : {}) },
      by: mine ? 'ana' : 'ben',
      at: at(-9),
      replies: [],
      resolved: null,
      pending: false,
      ...more,
    },
    place: [0, quote.length],
    words: quote,
    changed: false,
    mine,
  };
}

let made = 0;
export const action = (more: Partial<Action>): Action => ({
  id: uuid(++made),
  title: 'Show the plan of every migration in review',
  description: '',
  kind: null,
  owner: null,
  priority: null,
  due: null,
  status: 'open',
  reason: null,
  status_at: null,
  after: null,
  before: null,
  created_at: at(-60),
  created_by: 'ana',
  wanted: null,
  ticket: null,
  ticket_failed: null,
  pending: false,
  ...more,
});
/** Of the postmortem. */
export const row = (more: Partial<Action>, overdue: number | null = null): ActionRow => ({
  action: action(more),
  incident: l.CHECKOUT,
  number: 12,
  postmortem: 'Checkout is down',
  days_overdue: overdue,
});

/** By priority, then by when they are due; those without either last. */
const sorted = (actions: readonly Action[]): Action[] =>
  actions.toSorted((a, b) =>
    `${a.priority ?? 'P9'} ${a.due ?? '9999-99'}`.localeCompare(
      `${b.priority ?? 'P9'} ${b.due ?? '9999-99'}`,
    ),
  );
/** What becomes of an action, as the core writes it. */
export function changed(action: Action, change: ActionChange): Action {
  if (change.field === 'due') return { ...action, due: change.due };
  if (change.field === 'priority') return { ...action, priority: change.priority };
  if (change.field === 'status') return { ...action, status: change.to, reason: change.reason };
  return action;
}

const section = (id: string, title: string, kind: SectionView['section']['kind']): SectionView => ({
  section: { id, title, kind, prompts: [], needed: false },
  document: `postmortem/${l.CHECKOUT}#${id}`,
  blocks: [],
  language: [],
  says: false,
  cut: false,
});

export function postmortem(
  more: Partial<PostmortemView> = {},
  actions: readonly Action[] = [],
): PostmortemView {
  const moments = { ...l.checkout.incident.moments, resolved_at: at(-5) };
  return {
    incident: l.CHECKOUT,
    postmortem: {
      started: true,
      title: null,
      authors: ['ana'],
      attendees: [],
      figures: { users_affected: null, users_percent: null, revenue: null, error_budget: null },
      whys: [],
      factors: [],
      actions: sorted(actions),
      stage: 'draft',
      review: { reviewers: [], approved: [], meeting: null },
      published: null,
      pictures: {},
      dismissed: [],
      language_dismissed: [],
    },
    title: 'Checkout is down',
    facts: {
      number: 12,
      name: 'Checkout is down',
      usual_title: 'Checkout is down',
      severity: 'SEV1',
      worst: 'SEV1',
      status: 'resolved',
      services: ['payments-api'],
      moments,
      duration_s: 2_700,
      to_detect_s: null,
      to_acknowledge_s: null,
      to_mitigate_s: null,
      to_resolve_s: 2_700,
      reopened: 0,
      roles: [],
      responders: ['ana', 'ben'],
      pages: [],
      updates: [],
      runs: [],
    },
    lines: [
      {
        key: 'entry_1',
        evidence: { is: 'own' },
        at: at(-31),
        text: 'a slow query',
        original: null,
        original_at: null,
        by: 'ben',
        kind: 'found',
        shown: true,
        within: null,
        with: [],
        pending: false,
      },
    ],
    sections: [section('summary', 'Summary', 'text'), section('actions', 'Action items', 'actions')],
    comments: [],
    missing: [],
    steps: [{ to: 'in_review', not_yet: null }],
    open_to_publish: [],
    public: { document: `postmortem/${l.CHECKOUT}#public`, blocks: [], says: false, notes: [] },
    lets_close: false,
    published: null,
    meeting_suggested: null,
    due: null,
    fields: {},
    pending: false,
    people: null,
    may_write: true,
    ...more,
  };
}

/** What the core keeps: what is changed in it, by whomever, is told to the window. */
export class Written {
  constructor(
    private readonly mock: Mock,
    public view: PostmortemView,
  ) {}

  answers: Answers = {
    trackers: () => [],
    postmortem_similar: () => [],
    postmortem: () => this.view,
    postmortem_set: ({ change }) => {
      if (change.what === 'action') this.act(change.id, change.change);
      this.mock.tell({ topic: 'postmortem', incident: l.CHECKOUT });
      return null;
    },
  };

  /** Somebody else changes it. */
  elsewhere(more: Partial<PostmortemView>): void {
    this.view = { ...this.view, ...more };
    this.mock.tell({ topic: 'postmortem', incident: l.CHECKOUT });
  }

  act(id: string, change: ActionChange): void {
    const actions = this.view.postmortem.actions.map((one) => (one.id === id ? changed(one, change) : one));
    this.view = { ...this.view, postmortem: { ...this.view.postmortem, actions: sorted(actions) } };
  }
}
