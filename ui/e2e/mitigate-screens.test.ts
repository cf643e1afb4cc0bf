import type { Page } from 'playwright-core';
import type { Mitigations, RunRecord } from '../src/host/types';
import * as f from './fixtures';
import * as l from './library';
import * as m from './mitigation';
import type { Answers } from './mock';
import * as r from './runbook';
import { drawn, type Scene } from './scenes';

const hash = `#/incidents/${l.CHECKOUT}`;
const see = 'Fill a role: scribe';
const told = (server: Mitigations, more: Answers = {}): Answers => ({
  ...l.answers(),
  ...r.answers(),
  mitigations: ({ changes }) => (changes ? server : m.here),
  ...more,
});
const press = (keys: string, wait: string) => async (page: Page) => {
  for (const key of keys.split(' ')) await page.keyboard.press(key);
  await page.getByText(wait).first().waitFor();
};
const opened = press('m', 'Payments API took effect 11 min');
const run = (more: Partial<RunRecord>) => ({ ...r.running, record: { ...r.record, ...more } });
const done = run({ outcome: 'succeeded', exit_code: 0, ended_at: f.at(-0.1) });
const ran = async (page: Page) => {
  await opened(page);
  await press('l r', 'Runs v3.4.2 now')(page);
  await page.getByLabel('Why?').fill('Errors began with v3.4.2.');
  await press('Control+Enter', 'What comes next')(page);
};

const scenes: Scene[] = [
  { name: 'mitigate', hash, see, answers: told(m.suggested), then: opened, aria: '[role=dialog]' },
  {
    name: 'mitigate-generic',
    hash,
    see,
    answers: told(m.suggested),
    then: async (page) => {
      await opened(page);
      await press('j j', 'Traffic overwhelms the service')(page);
      await page.getByRole('region', { name: 'Scale up' }).waitFor();
    },
  },
  {
    name: 'mitigate-offline',
    hash,
    see,
    answers: told(m.offline, { sync_state: () => l.offline }),
    then: press('m', 'no revision is filled in'),
  },
  {
    name: 'mitigate-back',
    hash,
    see,
    answers: told(m.isBack),
    then: press('m', 'from before the incident again'),
  },
  {
    name: 'mitigate-refused',
    hash,
    see,
    answers: told(m.notAllowed),
    then: press('m', 'Your team does not run commands'),
  },
  { name: 'mitigate-long', hash, see, answers: told(m.lengthy), then: opened },
  {
    name: 'mitigate-run',
    hash,
    see,
    answers: told(m.suggested),
    then: async (page) => {
      await opened(page);
      await press('l r', '/usr/local/bin/kubectl')(page);
    },
    aria: '[role=dialog]',
  },
  {
    name: 'mitigate-after',
    hash,
    see,
    answers: told(m.suggested, { run: ({ after }) => later(done, after) }),
    then: ran,
  },
  {
    name: 'mitigate-failed',
    hash,
    see,
    answers: told(m.suggested, { run: ({ after }) => later(r.failed, after) }),
    then: ran,
  },
  {
    name: 'mitigate-runs',
    hash,
    see: 'Commands that were run',
    answers: told(m.suggested, {
      incident: () =>
        l.detail(l.checkout, {
          timeline: [
            ...l.timeline,
            l.entry(-20, 'action', 'Ran a command', 'ana', {
              run: { ...done.record, started_at: f.at(-20), ended_at: f.at(-19) },
            }),
            l.entry(-8, 'action', 'Ran a command', 'ben', {
              run: { ...r.failed.record, id: l.RUNBOOK, by: 'ben', started_at: f.at(-8), ended_at: f.at(-7) },
            }),
          ],
        }),
    }),
    then: async (page) =>
      page.getByRole('heading', { name: 'Commands that were run' }).scrollIntoViewIfNeeded(),
  },
];
function later(state: typeof r.running, after: number) {
  return { ...state, lines: state.lines.filter((line) => line.number >= after) };
}

drawn(scenes);
