import type { Gathered } from '../src/host/types';
import * as f from './fixtures';
import * as l from './library';

/** What triage has gathered of a page. */
export const gathered: Gathered = {
  service: 'payments-api',
  around: f.at(-40),
  page: f.PAGE,
  begun_at: f.at(0),
  health: [
    {
      service: 'payments-api',
      check: {
        is: 'ok',
        found: {
          service: 'payments-api',
          from: 'server',
          at: f.at(0),
          outcome: { is: 'failed', status: 503, ms: 812, words: '503 in 812 ms' },
        },
      },
    },
    { service: 'search', check: { is: 'waiting' } },
  ],
  changes: {
    is: 'ok',
    found: [
      {
        before_ms: 11 * 60_000,
        change: {
          id: f.PAGE,
          kind: 'deployment',
          service: 'payments-api',
          summary: 'v3.4.2',
          revision: 'v3.4.2',
          previous: 'v3.4.1',
          by: 'ci',
          environment: 'production',
          links: [{ text: 'Pipeline', href: 'https://ci.acme.example/1' }],
          at: f.at(-51),
          planned: false,
          claimed_at: null,
          details: {},
          integration: null,
          count: 1,
          first_seen: f.at(-51),
          last_seen: f.at(-51),
        },
      },
    ],
  },
  alerts: { is: 'offline', words: 'The team’s server is not reached; alerts are not known here.' },
  incidents: {
    is: 'ok',
    found: [
      {
        incident: l.CHECKOUT,
        number: 214,
        title: 'Checkout is down',
        severity: 'SEV1',
        status: 'identified',
        declared_at: f.at(-44),
        private: false,
      },
    ],
  },
  first: [
    {
      sign: 'change_before',
      reason:
        'A deployment of Payments API took effect 11 min before the first signal: v3.4.2. Before it: v3.4.1.',
      action: 'Consider a rollback: what changed last is the likeliest cause',
      strategy: 'rollback',
      command:
        'kubectl rollout undo deployment/<deployment> --namespace <namespace> --to-revision <revision>',
      change: f.PAGE,
    },
  ],
};
