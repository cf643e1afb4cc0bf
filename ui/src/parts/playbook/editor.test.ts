import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Playbook, PlaybookEdit, PlaybookState } from '../../host/types';

const { kept, asked, state } = vi.hoisted(() => ({
  kept: new Map<string, string>(),
  asked: [] as ((edit: unknown) => void)[],
  state: { version: 1, changes: {}, may_edit: true, playbook: { name: 'usual' } },
}));
vi.mock('../../live/drafts', () => ({
  draft: (form: string) => kept.get(form) ?? '',
  keepDraft: (form: string, words: string) => (words === '' ? kept.delete(form) : kept.set(form, words)),
}));
vi.mock('../../live/live.svelte', () => ({
  live: { call: () => new Promise((answer) => asked.push(answer)) },
}));
vi.mock('../../live/playbook.svelte', () => ({ livePlaybook: { state } }));
const { editor } = await import('./editor.svelte');

const nothing = { unsaved: [], theirs: [], problems: [], unusual: [] } as unknown as PlaybookEdit;

describe('an edit of the playbook', () => {
  beforeEach(() => vi.useFakeTimers());

  it('is kept although the answer about what stood before comes late and says that nothing is changed', async () => {
    editor.heard(state as unknown as PlaybookState, 'ana');
    editor.begin();
    editor.set(['name'], 'ours');
    expect((JSON.parse(kept.get('playbook') ?? '{}') as { draft: Playbook }).draft).toEqual({ name: 'ours' });
    for (const answer of asked.splice(0)) answer(nothing);
    await vi.runAllTimersAsync();
    expect(kept.has('playbook')).toBe(true);
    // Asked about what is typed now: if that is nothing new, there is nothing to keep.
    for (const answer of asked.splice(0)) answer(nothing);
    await vi.runAllTimersAsync();
    expect(kept.has('playbook')).toBe(false);
  });
});
