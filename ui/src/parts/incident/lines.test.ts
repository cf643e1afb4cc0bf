import { describe, expect, it } from 'vitest';
import type { EntryKind, EntryView } from '../../host/types';
import { EVERYTHING, filtered, isOn, isPinned, type What } from './lines';
import { timelineLines } from './timeline';

const view = (
  id: string,
  kind: EntryKind,
  text: string,
  more: Partial<EntryView['entry']> = {},
): EntryView => ({
  entry: { id, incident: 'i', kind, text, at: `2026-11-25T02:0${id}:00Z`, ...more },
  author: 'ben',
  pending: false,
  corrected_by: null,
});
const corrected = { ...view('3', 'found', 'slow qery'), corrected_by: '4' };
const lines = timelineLines(
  [
    view('1', 'checking', 'the load balancer'),
    view('2', 'decision', 'roll back', { reason: 'fastest' }),
    corrected,
    view('4', 'found', 'Slow query in v3.4.2', { corrects: '3' }),
    view('5', 'note', '', {
      attachments: [{ hash: 'a', name: 'p99.png', media_type: 'image/png', size: 9 }],
    }),
  ],
  [{ at: '2026-11-25T02:06:00Z', event: { type: 'reopened', by: 'ana' } }],
  [
    { at: '2026-11-25T02:06:00Z', what: { is: 'decided', place: 0 }, pending: false },
    { at: '2026-11-25T02:07:00Z', what: { is: 'author', by: 'ana', person: 'ben' }, pending: false },
  ],
);
const keys = (what: What, find = '', pins: string[] = []) =>
  filtered(
    lines,
    { what, find },
    new Set(pins),
    (l) => (l.recorded ? 'Ana reopened it' : 'Ana named Ben'),
    () => 'Ben Okafor',
  ).map((l) => l.key);

describe('a filter of the timeline', () => {
  it('shows everything until it is set', () => {
    expect(isOn(EVERYTHING)).toBe(false);
    expect(isOn({ what: 'all', find: '  ' })).toBe(false);
    expect(keys('all')).toEqual(['1', '2', '3', '5', 'event-0', 'written-1']);
  });

  it('keeps one kind, what was decided, what has something attached', () => {
    expect(keys('found')).toEqual(['3']);
    expect(keys('decided')).toEqual(['2', 'event-0']);
    expect(keys('attached')).toEqual(['5']);
  });

  it('finds words in any order, in reasons, names of files, people and what was decided', () => {
    expect(keys('all', 'v3.4.2 slow')).toEqual(['3']);
    expect(keys('all', 'qery')).toEqual([]);
    expect(keys('all', 'FASTEST')).toEqual(['2']);
    expect(keys('all', 'p99.png')).toEqual(['5']);
    expect(keys('all', 'reopened')).toEqual(['event-0']);
    expect(keys('found', 'okafor')).toEqual(['3']);
  });

  it('takes a pin as one of the entry with all its corrections', () => {
    expect(keys('pinned', '', ['3'])).toEqual(['3']);
    expect(keys('pinned', '', ['4'])).toEqual(['3']);
    expect(lines.filter((l) => isPinned(l, new Set(['2']))).map((l) => l.key)).toEqual(['2']);
  });
});
