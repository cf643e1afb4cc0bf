import type { RunbookRead, RunbookRow } from '../src/host/types';
import { at } from './fixtures';

/** The runbooks of the team, and what the core reads of one without commands. */
const uuid = (n: number) => `0190a1b2-0000-7000-9000-${String(n).padStart(12, '0')}`;
export const RUNBOOK = uuid(500);

/** The day that was so many days ago where the person is: at night, it is another one by UTC. */
const day = (days: number) => {
  const today = new Date(at(0)).toLocaleDateString('sv-SE', { timeZone: 'Europe/Berlin' });
  return new Date(Date.parse(today) - days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
};
const book = (n: number, title: string, more: Partial<RunbookRow> = {}): RunbookRow => ({
  id: uuid(500 + n),
  title,
  owner: 'ben',
  service: null,
  last_reviewed: day(12),
  reviewed: { by: 'ben', at: at(-12 * 24 * 60), digest: 'd1' },
  tested_on: null,
  labels: {},
  urls: [],
  archived: false,
  pending: false,
  ...more,
});
export const runbooks: RunbookRow[] = [
  book(0, 'Checkout: high error rate', { service: 'payments-api' }),
  book(1, 'Database fail-over', { owner: 'dev', last_reviewed: day(131), pending: true }),
  book(2, 'Mail queue grows', { owner: null, last_reviewed: null }),
  book(3, 'Old payment provider', { archived: true, last_reviewed: day(700) }),
];
export const BODY = `# Overview

Checkout takes orders and hands them to **payments-api**. When it fails, nobody can pay.

## First steps

1. Look at the [dashboard](https://grafana.acme.example/d/checkout).
2. If a deployment is younger than 30 minutes, roll back:

       kubectl rollout undo deployment/payments-api

3. If the orders database is slow, call its owner.
`;

/** What the core reads of a text without commands. */
export const PLAIN: RunbookRead = {
  blocks: [{ is: 'paragraph', text: [{ is: 'text', text: 'Checkout takes orders.' }] }],
  sections: [],
  missing: ['Overview', 'Impact', 'Mitigation', 'Rollback'],
  steps: [],
  digest: 'd1',
  standing: 'due',
  review_due: null,
  not_run: null,
  changed: false,
  cut: false,
};
