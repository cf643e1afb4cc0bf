import type { Mitigation, MitigationCommand, Mitigations, Revisions, RunFilled } from '../src/host/types';
import { at } from './fixtures';
import { RUNBOOK } from './library';
import { reading } from './runbook';

/** The ways to restore service in the checkout's incident, as a core would tell. */
const revisions: Revisions = {
  current: 'v3.4.2',
  since: at(-58),
  by: 'ci',
  environment: 'production',
  back_to: 'v3.4.1',
  is_back: false,
};

const NOTHING: RunFilled = { arguments: {}, environment: null, from: null, to: null };
function commands(strategy: string): MitigationCommand[] {
  return reading.steps
    .filter((view) => view.strategy === strategy)
    .map((view) => ({
      view,
      line: view.step.line.replace('<revision>', 'v3.4.1'),
      filled: view.step.arguments.includes('revision')
        ? { arguments: { revision: 'v3.4.1' }, environment: 'production', from: 'v3.4.2', to: 'v3.4.1' }
        : NOTHING,
    }));
}

function way(
  strategy: string,
  name: string,
  when: string,
  generic: string | null,
  more: Partial<Mitigation> = {},
): Mitigation {
  const own = commands(strategy);
  return {
    strategy,
    name,
    when,
    suggested: null,
    before: [],
    after: ['Verify that the service is healthy', 'Tell the channel'],
    wait_for_s: null,
    goes_back: false,
    services: [
      {
        service: 'payments-api',
        revisions: null,
        runbooks:
          own.length > 0
            ? [{ runbook: RUNBOOK, title: 'Checkout: high error rate', not_run: null, commands: own }]
            : [],
      },
      { service: 'web', revisions: null, runbooks: [] },
    ],
    generic,
    ...more,
  };
}

const rollback = way(
  'rollback',
  'Rollback',
  'A recent deployment is the cause',
  'kubectl rollout undo deployment/<deployment> --namespace <namespace> --to-revision <revision>',
  {
    before: ['The target exists', 'Its present state', 'The current revision and the one to go back to'],
    wait_for_s: 300,
    goes_back: true,
  },
);
const others = [
  way(
    'disable_flag',
    'Disable a feature flag',
    'A new feature misbehaves',
    '<flag-tool> disable <flag> --environment <environment>',
  ),
  way(
    'scale_up',
    'Scale up',
    'Traffic overwhelms the service',
    'kubectl scale deployment/<deployment> --namespace <namespace> --replicas <count>',
  ),
  way(
    'restart',
    'Restart, rolling',
    'A service is in a bad state',
    'kubectl rollout restart deployment/<deployment> --namespace <namespace>',
  ),
  way(
    'degrade',
    'Degrade gracefully',
    'A dependency is down: serve cached data, or switch the feature off',
    null,
  ),
];

/** What this computer knows by itself. */
export const here: Mitigations = { strategies: [rollback, ...others], changes: { is: 'waiting' } };
export const suggested: Mitigations = {
  strategies: [
    {
      ...rollback,
      suggested:
        'A deployment of Payments API took effect 11 min before the first signal: v3.4.2. Before it: v3.4.1.',
      services: rollback.services.map((s) => (s.service === 'payments-api' ? { ...s, revisions } : s)),
    },
    ...others,
  ],
  changes: { is: 'ok', found: [] },
};
export const isBack: Mitigations = {
  strategies: [
    {
      ...rollback,
      services: rollback.services.map((s) =>
        s.service === 'payments-api'
          ? { ...s, revisions: { ...revisions, current: 'v3.4.1', since: at(-6), is_back: true } }
          : s,
      ),
    },
    ...others,
  ],
  changes: { is: 'ok', found: [] },
};
export const offline: Mitigations = {
  ...here,
  changes: { is: 'offline', words: 'The team server is not reached from here.' },
};
const NOT_ALLOWED =
  'Your team does not run commands from the desktop. Copy this one into a terminal; an admin can allow it with `commands: allowed` in the team’s file.';
export const notAllowed: Mitigations = {
  ...suggested,
  strategies: suggested.strategies.map((m) => ({
    ...m,
    services: m.services.map((s) => ({
      ...s,
      runbooks: s.runbooks.map((b) => ({
        ...b,
        not_run: NOT_ALLOWED,
        commands: b.commands.map((c) => ({ ...c, view: { ...c.view, refused: NOT_ALLOWED } })),
      })),
    })),
  })),
};
const long =
  'Payments and settlements of the north-eastern region and of everybody who pays by invoice through the partner portal';
export const lengthy: Mitigations = {
  ...suggested,
  strategies: suggested.strategies.map((m) => ({
    ...m,
    name: `${m.name}: ${long}`,
    services: m.services.map((s) => ({
      ...s,
      revisions: s.revisions && {
        ...s.revisions,
        current: 'v3.4.2+build.20261125021300.9f2c4e7ab81d0c6655e1f0aa73c4d9b2e8f7a6c5d4b3a291',
      },
      runbooks: s.runbooks.map((b) => ({ ...b, title: `${b.title}: ${long}` })),
    })),
  })),
};
