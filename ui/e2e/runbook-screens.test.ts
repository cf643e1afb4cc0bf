import type { Page } from 'playwright-core';
import * as f from './fixtures';
import * as l from './library';
import * as r from './runbook';
import { drawn, type Scene } from './scenes';

const hash = `#/runbooks/${l.RUNBOOK}`;
const allowed = { team: { ...f.team, team: { ...f.team.team, commands: 'allowed' as const } } };
const press =
  (keys: string, see: string) =>
  async (page: Page): Promise<void> => {
    for (const key of keys.split(' ')) await page.keyboard.press(key);
    await page.getByText(see).first().waitFor();
  };
const see = 'Nobody can pay for ten minutes';
const sheet = async (page: Page): Promise<void> => {
  for (const key of ['j', 'j', 'j', 'j', 'j', 'j', 'r']) await page.keyboard.press(key);
  await page.getByText('/usr/local/bin/kubectl').waitFor();
  await page.getByLabel('revision', { exact: true }).fill('41');
  await page.getByLabel('Why?').fill('Errors began with revision 42.');
};
const started = async (page: Page): Promise<void> => {
  await sheet(page);
  await page.keyboard.press('Control+Enter');
  await page.getByText('rolled back').waitFor();
};

const scenes: Scene[] = [
  { name: 'runbook-read', hash, state: allowed, answers: r.answers(), see, aria: '#main' },
  {
    name: 'runbook-changed',
    hash,
    state: allowed,
    answers: r.answers({ reading: r.changed }),
    see: 'changed since its review',
  },
  {
    name: 'runbook-write',
    hash,
    state: allowed,
    answers: r.answers(),
    see,
    then: async (page) => {
      await page.keyboard.press('e');
      await page.getByRole('textbox', { name: /^Text of the runbook/ }).waitFor();
    },
  },
  {
    name: 'runbook-begin',
    hash,
    answers: { ...r.answers({ reading: r.empty }), text_open: () => ({ version: 0, text: '', peers: [] }) },
    see: 'Begin with all sections',
  },
  {
    name: 'runbook-run',
    hash,
    state: allowed,
    answers: r.answers(),
    see,
    then: sheet,
    aria: '[role=dialog]',
  },
  {
    name: 'runbook-run-refused',
    hash,
    state: allowed,
    answers: {
      ...r.answers(),
      run_prepare: () => ({ code: 'bad_input', words: 'Say what `pod` is.' }),
    },
    see,
    then: press('r', 'Say what `pod` is.'),
  },
  { name: 'runbook-running', hash, state: allowed, answers: r.answers(), see, then: started },
  {
    name: 'runbook-run-failed',
    hash,
    state: allowed,
    answers: r.answers({ run: r.failed }),
    see,
    then: async (page) => {
      await started(page);
      await page.getByText('Failed with exit code 3').waitFor();
    },
    aria: '[role=dialog]',
  },
  {
    name: 'runbook-versions',
    hash,
    answers: r.answers(),
    see,
    then: press('h', 'the flag has another name'),
    aria: '[role=dialog]',
  },
  {
    name: 'runbook-page',
    hash: `#/pages/${f.PAGE}`,
    state: { pages: [f.ringing] },
    answers: { runbook_for: () => ({ row: l.runbooks[0] ?? fail(), by: 'label' }) },
    see: 'Checkout: high error rate',
  },
  { name: 'runbook-settings', hash: '#/settings/team', state: allowed, see: 'Run here what the team allows' },
];
function fail(): never {
  throw new Error('there is a first runbook');
}
drawn(scenes);
