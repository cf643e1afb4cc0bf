import type {
  RunbookDifference,
  RunbookRead,
  RunbookVersionRow,
  RunPrepared,
  RunRecord,
  RunState,
} from '../src/host/types';
import { at } from './fixtures';
import { CHECKOUT, RUNBOOK } from './library';
import type { Answers } from './mock';

/** A runbook as the core reads it, its versions and a run of one of its commands, as a core would tell. */
export const BODY =
  '## Overview\n\nCheckout takes orders and hands them to **payments-api**. When it fails, nobody can pay. See the [design](https://wiki.acme.example/checkout).\n\n## Symptoms and alerts\n\n`HighErrorRate` fires: more than 5 % of requests end in an error.\n\n## Diagnostic steps\n\n1. Look at the [dashboard](https://grafana.acme.example/d/checkout).\n2. If a pod restarts again and again, then read its log:\n\n   ```sh\n   kubectl logs --namespace payments --since 1h <pod>\n   ```\n3. If the orders database is slow, then look at what it runs:\n\n   ```sh\n   orders-db active-queries --longer-than 5s | head\n   ```\n\n| what | normal |\n|---|---|\n| p99 of POST /orders | 240 ms |\n| failed orders | < 0.2 % |\n\n## Mitigation\n\n### Restart, rolling\n\n```sh\nkubectl rollout restart deployment/payments-api --namespace payments\n```\n\n### Disable a feature flag\n\n```sh\nflagctl disable <flag> --environment <environment>\n```\n\n## Rollback\n\nA deployment younger than 30 minutes is the likely cause.\n\n```sh\n# what can be gone back to\nkubectl rollout history deployment/payments-api --namespace payments\n# back to the revision before\nkubectl rollout undo deployment/payments-api --namespace payments --to-revision=<revision>\n```\n\n## Escalation criteria and contacts\n\n> Nobody can pay for ten minutes: call the payment provider, then *Dev Shah*.\n';

export const reading: RunbookRead = {
  ...({
    blocks: [
      { anchor: 'overview', is: 'heading', level: 2, text: [{ is: 'text', text: 'Overview' }] },
      {
        is: 'paragraph',
        text: [
          { is: 'text', text: 'Checkout takes orders and hands them to ' },
          { is: 'strong', text: [{ is: 'text', text: 'payments-api' }] },
          { is: 'text', text: '. When it fails, nobody can pay. See the ' },
          { href: 'https://wiki.acme.example/checkout', is: 'link', text: [{ is: 'text', text: 'design' }] },
          { is: 'text', text: '.' },
        ],
      },
      {
        anchor: 'symptoms-and-alerts',
        is: 'heading',
        level: 2,
        text: [{ is: 'text', text: 'Symptoms and alerts' }],
      },
      {
        is: 'paragraph',
        text: [
          { is: 'code', text: 'HighErrorRate' },
          { is: 'text', text: ' fires: more than 5 % of requests end in an error.' },
        ],
      },
      {
        anchor: 'diagnostic-steps',
        is: 'heading',
        level: 2,
        text: [{ is: 'text', text: 'Diagnostic steps' }],
      },
      {
        is: 'list',
        items: [
          [
            {
              is: 'paragraph',
              text: [
                { is: 'text', text: 'Look at the ' },
                {
                  href: 'https://grafana.acme.example/d/checkout',
                  is: 'link',
                  text: [{ is: 'text', text: 'dashboard' }],
                },
                { is: 'text', text: '.' },
              ],
            },
          ],
          [
            {
              is: 'paragraph',
              text: [{ is: 'text', text: 'If a pod restarts again and again, then read its log:' }],
            },
            {
              is: 'code',
              language: 'sh',
              steps: ['dd4a6b90eb7f'],
              text: 'kubectl logs --namespace payments --since 1h <pod>\n',
            },
          ],
          [
            {
              is: 'paragraph',
              text: [{ is: 'text', text: 'If the orders database is slow, then look at what it runs:' }],
            },
            {
              is: 'code',
              language: 'sh',
              steps: ['b510f19dc4c4'],
              text: 'orders-db active-queries --longer-than 5s | head\n',
            },
          ],
        ],
        start: 1,
      },
      {
        head: [[{ is: 'text', text: 'what' }], [{ is: 'text', text: 'normal' }]],
        is: 'table',
        rows: [
          [[{ is: 'text', text: 'p99 of POST /orders' }], [{ is: 'text', text: '240 ms' }]],
          [[{ is: 'text', text: 'failed orders' }], [{ is: 'text', text: '< 0.2 %' }]],
        ],
      },
      { anchor: 'mitigation', is: 'heading', level: 2, text: [{ is: 'text', text: 'Mitigation' }] },
      {
        anchor: 'restart-rolling',
        is: 'heading',
        level: 3,
        text: [{ is: 'text', text: 'Restart, rolling' }],
      },
      {
        is: 'code',
        language: 'sh',
        steps: ['efc9f04acd06'],
        text: 'kubectl rollout restart deployment/payments-api --namespace payments\n',
      },
      {
        anchor: 'disable-a-feature-flag',
        is: 'heading',
        level: 3,
        text: [{ is: 'text', text: 'Disable a feature flag' }],
      },
      {
        is: 'code',
        language: 'sh',
        steps: ['29210ef38e47'],
        text: 'flagctl disable <flag> --environment <environment>\n',
      },
      { anchor: 'rollback', is: 'heading', level: 2, text: [{ is: 'text', text: 'Rollback' }] },
      {
        is: 'paragraph',
        text: [{ is: 'text', text: 'A deployment younger than 30 minutes is the likely cause.' }],
      },
      {
        is: 'code',
        language: 'sh',
        steps: ['df30255845aa', 'cb4e8639ec72'],
        text: '# what can be gone back to\nkubectl rollout history deployment/payments-api --namespace payments\n# back to the revision before\nkubectl rollout undo deployment/payments-api --namespace payments --to-revision=<revision>\n',
      },
      {
        anchor: 'escalation-criteria-and-contacts',
        is: 'heading',
        level: 2,
        text: [{ is: 'text', text: 'Escalation criteria and contacts' }],
      },
      {
        blocks: [
          {
            is: 'paragraph',
            text: [
              { is: 'text', text: 'Nobody can pay for ten minutes: call the payment provider, then ' },
              { is: 'emphasis', text: [{ is: 'text', text: 'Dev Shah' }] },
              { is: 'text', text: '.' },
            ],
          },
        ],
        is: 'quote',
      },
    ],
    missing: [
      'Architecture and dependencies',
      'Data flow and critical paths',
      'Impact',
      'Common causes and fixes',
      'Recovery',
      'Links',
    ],
    sections: [
      { anchor: 'overview', has_content: true, kind: 'overview', level: 2, name: 'Overview' },
      {
        anchor: 'symptoms-and-alerts',
        has_content: true,
        kind: 'symptoms',
        level: 2,
        name: 'Symptoms and alerts',
      },
      {
        anchor: 'diagnostic-steps',
        has_content: true,
        kind: 'diagnostics',
        level: 2,
        name: 'Diagnostic steps',
      },
      { anchor: 'mitigation', has_content: true, kind: 'mitigation', level: 2, name: 'Mitigation' },
      { anchor: 'restart-rolling', has_content: true, kind: null, level: 3, name: 'Restart, rolling' },
      {
        anchor: 'disable-a-feature-flag',
        has_content: true,
        kind: null,
        level: 3,
        name: 'Disable a feature flag',
      },
      { anchor: 'rollback', has_content: true, kind: 'rollback', level: 2, name: 'Rollback' },
      {
        anchor: 'escalation-criteria-and-contacts',
        has_content: true,
        kind: 'escalation',
        level: 2,
        name: 'Escalation criteria and contacts',
      },
    ],
    steps: [
      {
        refused: null,
        step: {
          anchor: 'diagnostic-steps',
          arguments: ['pod'],
          condition: 'a pod restarts again and again',
          headings: ['Diagnostic steps'],
          id: 'dd4a6b90eb7f',
          line: 'kubectl logs --namespace payments --since 1h <pod>',
          refused: null,
          section: 'diagnostics',
          tag: null,
          text: 'If a pod restarts again and again, then read its log:',
        },
        strategy: null,
      },
      {
        refused:
          '`|` needs a shell, and commands are run without one. Put the line into a script and call that.',
        step: {
          anchor: 'diagnostic-steps',
          arguments: [],
          condition: 'the orders database is slow',
          headings: ['Diagnostic steps'],
          id: 'b510f19dc4c4',
          line: 'orders-db active-queries --longer-than 5s | head',
          refused:
            '`|` needs a shell, and commands are run without one. Put the line into a script and call that.',
          section: 'diagnostics',
          tag: null,
          text: 'If the orders database is slow, then look at what it runs:',
        },
        strategy: null,
      },
      {
        refused: null,
        step: {
          anchor: 'restart-rolling',
          arguments: [],
          condition: null,
          headings: ['Mitigation', 'Restart, rolling'],
          id: 'efc9f04acd06',
          line: 'kubectl rollout restart deployment/payments-api --namespace payments',
          refused: null,
          section: 'mitigation',
          tag: null,
          text: '',
        },
        strategy: 'restart',
      },
      {
        refused: null,
        step: {
          anchor: 'disable-a-feature-flag',
          arguments: ['flag', 'environment'],
          condition: null,
          headings: ['Mitigation', 'Disable a feature flag'],
          id: '29210ef38e47',
          line: 'flagctl disable <flag> --environment <environment>',
          refused: null,
          section: 'mitigation',
          tag: null,
          text: '',
        },
        strategy: 'disable_flag',
      },
      {
        refused: null,
        step: {
          anchor: 'rollback',
          arguments: [],
          condition: null,
          headings: ['Rollback'],
          id: 'df30255845aa',
          line: 'kubectl rollout history deployment/payments-api --namespace payments',
          refused: null,
          section: 'rollback',
          tag: null,
          text: 'what can be gone back to',
          is_comment: true,
        },
        strategy: 'rollback',
      },
      {
        refused: null,
        step: {
          anchor: 'rollback',
          arguments: ['revision'],
          condition: null,
          headings: ['Rollback'],
          id: 'cb4e8639ec72',
          line: 'kubectl rollout undo deployment/payments-api --namespace payments --to-revision=<revision>',
          refused: null,
          section: 'rollback',
          tag: null,
          text: 'back to the revision before',
          is_comment: true,
        },
        strategy: 'rollback',
      },
    ],
  } as unknown as Pick<RunbookRead, 'blocks' | 'sections' | 'missing' | 'steps'>),
  digest: 'd1',
  standing: 'good',
  review_due: at(79 * 24 * 60),
  not_run: null,
  changed: false,
  cut: false,
};
export const empty: RunbookRead = {
  ...reading,
  blocks: [],
  sections: [],
  steps: [],
  standing: 'never',
  review_due: null,
};
const NOT_REVIEWED =
  'This runbook was changed after its review. Read what is new, then say that you have reviewed it.';
export const changed: RunbookRead = {
  ...reading,
  standing: 'changed',
  review_due: null,
  not_run: NOT_REVIEWED,
  changed: true,
  steps: reading.steps.map((view) => ({ ...view, refused: view.step.refused ?? NOT_REVIEWED })),
};

const version = (n: number, author: string, more: Partial<RunbookVersionRow> = {}): RunbookVersionRow => ({
  write: { writer: RUNBOOK, counter: n },
  author,
  at: at(-n * 24 * 60 * 9),
  note: '',
  added: 4,
  removed: 1,
  reviewed: false,
  pending: false,
  ...more,
});
export const versions: RunbookVersionRow[] = [
  version(1, 'ana', { pending: true, at: at(-3) }),
  version(2, 'ben', { reviewed: true, note: 'the flag has another name' }),
  version(3, 'chi', { added: 38, removed: 0 }),
];
export const difference: RunbookDifference = {
  added: 2,
  removed: 1,
  cut: false,
  parts: [
    [
      { kind: 'same', text: '## Rollback', number: 40 },
      { kind: 'same', text: '', number: 41 },
      { kind: 'removed', text: 'kubectl rollout undo deployment/payments-api', number: 42 },
      { kind: 'added', text: '# back to the revision before', number: 42 },
      {
        kind: 'added',
        text: 'kubectl rollout undo deployment/payments-api --namespace payments --to-revision=<revision>',
        number: 43,
      },
      { kind: 'same', text: '```', number: 44 },
    ],
  ],
};

const ARGV = [
  'kubectl',
  'rollout',
  'undo',
  'deployment/payments-api',
  '--namespace',
  'payments',
  '--to-revision=41',
];
export const prepared: RunPrepared = {
  argv: ARGV,
  line: ARGV.join(' '),
  program: '/usr/local/bin/kubectl',
  warnings: [],
  time_out_s: 300,
};
export const RUN = '0190a1b2-0000-7000-9000-000000007001';
export const record: RunRecord = {
  id: RUN,
  by: 'ana',
  runbook: RUNBOOK,
  runbook_title: 'Checkout: high error rate',
  step: reading.steps.at(-1)?.step.id ?? '',
  body_digest: 'd1',
  strategy: 'rollback',
  argv: ARGV,
  service: 'payments-api',
  environment: 'production',
  from: '42',
  to: '41',
  reason: 'Errors began with revision 42.',
  started_at: at(-0.4),
  outcome: 'running',
  output: { lines: 0, bytes: 0, digest: '', first: [], last: [], cut: false },
};
const LINES = [
  'deployment.apps/payments-api rolled back',
  'Waiting for deployment "payments-api" rollout to finish: 1 out of 6 new replicas have been updated',
  'Waiting for deployment "payments-api" rollout to finish: 3 out of 6 new replicas have been updated',
  'registry login: password=[secret]',
  'warning: pod payments-api-7d9f6c-x2x4j takes long to end',
];
export const running: RunState = {
  record,
  incident: CHECKOUT,
  entry: '0190a1b2-0000-7000-9000-000000007002',
  lines: LINES.map((text, number) => ({ number, is_error: number === 4, text })),
  total: LINES.length,
  stopping: false,
  skipped: 0,
  unrecorded: null,
};
export const failed: RunState = {
  ...running,
  record: { ...record, outcome: 'failed', exit_code: 3, ended_at: at(-0.1) },
};

export function answers(told: { reading?: RunbookRead; run?: RunState } = {}): Answers {
  return {
    text_open: () => ({ version: 0, text: BODY, peers: [] }),
    runbook_steps: () => told.reading ?? reading,
    runbook_versions: () => versions,
    runbook_diff: () => difference,
    runbook_keep: () => true,
    run_prepare: () => prepared,
    run_start: () => RUN,
    runs: () => [],
    run: ({ after }) => {
      const state = told.run ?? running;
      return { ...state, lines: state.lines.filter((line) => line.number >= after) };
    },
  };
}
