import { expect, it } from 'vitest';
import type { Draft, SyncState } from '../../host/types';
import { syncWords } from './sync';

const quiet: SyncState = {
  alone: false,
  connected: true,
  offline_since: null,
  waiting: 0,
  waiting_first: [],
  drafts: 0,
  catching_up: null,
  notice: null,
};
const draft: Draft = {
  id: 1,
  record: { kind: 'incident', id: 'i' },
  title: 'Checkout is down',
  words: '',
  at: '2026-11-25T02:00:00Z',
  changes: [],
  can_repeat: true,
};
const say = (more: Partial<SyncState>, since: string | null = null, drafts: Draft[] = []) =>
  syncWords({ ...quiet, ...more }, drafts, since).words;

it('says one plain sentence for every state', () => {
  expect(say({})).toBe('All known to the team');
  expect(say({ waiting: 1 })).toBe('1 change waiting');
  expect(say({ waiting: 3 })).toBe('3 changes waiting');
  expect(say({ connected: false }, '14:02')).toBe('Working offline since 14:02');
  expect(say({ connected: false, waiting: 3 }, '14:02')).toBe(
    'Working offline since 14:02 · 3 changes waiting',
  );
  expect(say({ connected: false, waiting: 3 })).toBe('3 changes waiting');
  expect(say({ connected: false })).toBe('Nothing waiting');
  expect(say({ alone: true, connected: false })).toBe('Only on this computer');
  expect(say({ notice: 'The library was repaired.' })).toBe('The library was repaired.');
});

it('never says that the history is complete before it is', () => {
  expect(say({ catching_up: { done: 4, total: 10 } })).toBe('Fetching the team’s history: 40 %');
  expect(say({ catching_up: { done: 9_999, total: 10_000 } })).toBe('Fetching the team’s history: 99 %');
  expect(say({ catching_up: { done: 0, total: 0 } })).toBe('Fetching the team’s history: 0 %');
});

it('puts what was not accepted before everything else, and names it when it is one', () => {
  expect(say({ drafts: 1, waiting: 4, notice: 'x' }, null, [draft])).toBe(
    'One change was not accepted: Checkout is down – open draft',
  );
  expect(say({ drafts: 2 }, null, [draft])).toBe('2 changes were not accepted – open drafts');
});
