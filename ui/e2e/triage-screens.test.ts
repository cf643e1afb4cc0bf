import type { ScopeFound, Suggestion } from '../src/host/types';
import * as f from './fixtures';
import * as l from './library';
import type { Answers } from './mock';
import { gathered } from './triage-found';
import { drawn, type Scene } from './scenes';

const suggestion: Suggestion = {
  severity: 'SEV2',
  reasons: [
    'Many users, one major function or one region are affected, and they cannot do what they came for, or data is wrong: SEV2.',
  ],
};
const scope: ScopeFound = {
  scope: 'medium',
  words: '12 % of the users is medium: that begins at 5 %, and wide at 50 %.',
};
const answers: Answers = {
  ...l.answers(),
  triage_gather: () => 1,
  triage_gathered: () => gathered,
  triage_suggest: () => suggestion,
  triage_scope: () => scope,
};
const hash = `#/triage/${f.PAGE}`;
const state = { pages: [f.ringing] };
const found = 'Consider a rollback';

const scenes: Scene[] = [
  { name: 'triage', hash, state, answers, see: found, aria: '#main' },
  {
    name: 'triage-suggested',
    hash,
    state,
    answers,
    see: found,
    then: async (page) => {
      await page.getByText('Medium', { exact: true }).first().click();
      await page.getByText('High', { exact: true }).click();
      await page.getByText('Many users, one major').first().waitFor();
    },
  },
  {
    name: 'triage-overruled',
    hash,
    state,
    answers,
    see: found,
    then: async (page) => {
      await page.getByText('Medium', { exact: true }).first().click();
      await page.getByText('High', { exact: true }).click();
      await page.getByText('Many users, one major').first().waitFor();
      await page.getByLabel('Another severity').selectOption('SEV1');
      await page.keyboard.press('Control+Enter');
      await page.getByText('Say why it is another severity').waitFor();
    },
  },
  {
    name: 'triage-not-an-incident',
    hash,
    state,
    answers,
    see: found,
    then: async (page) => {
      await page.getByRole('button', { name: 'Not an incident' }).click();
      await page.getByText('Why is it none?').waitFor();
    },
  },
  {
    name: 'triage-percent',
    hash,
    state,
    answers,
    see: found,
    then: async (page) => {
      await page.keyboard.press('u');
      await page.keyboard.type('12 %');
      await page.getByText('that begins at 5 %').waitFor();
      await page.getByText('Limited', { exact: true }).click();
      await page.getByText('You chose “Limited” all the same.').waitFor();
    },
  },
  {
    name: 'triage-private',
    hash,
    state,
    answers,
    see: found,
    then: async (page) => {
      await page.keyboard.press('v');
      await page.getByText('Who can see it besides you?').waitFor();
    },
  },
  {
    name: 'triage-people',
    hash,
    state,
    answers,
    see: found,
    aria: '[role=dialog]',
    then: async (page) => {
      await page.keyboard.press('p');
      await page.getByText('What are they wanted for?').waitFor();
    },
  },
  {
    name: 'triage-from-nothing',
    hash: '#/triage',
    answers,
    see: 'Choose a service, and its health',
  },
];

drawn(scenes);
