import { describe, expect, it } from 'vitest';
import { cadenceWords } from './cadence';
import { typedNext } from './next';

const due = Date.parse('2026-11-25T02:28:00Z');
const at = (minutes: number) => due + minutes * 60_000;
const next = {
  since: '2026-11-25T02:13:00Z',
  remind_at: '2026-11-25T02:23:00Z',
  due_at: '2026-11-25T02:28:00Z',
  missed_at: null,
  every: '15m',
};

describe('when the next update is due', () => {
  it('is said by the minute, and by the second under one', () => {
    expect(cadenceWords({ is: 'waiting', next }, at(-6.2))).toEqual({
      words: 'next update in 7 min',
      how: 'waiting',
    });
    expect(cadenceWords({ is: 'reminding', next }, at(-0.5))).toEqual({
      words: 'next update in 30 s',
      how: 'soon',
    });
  });
  it('is never further away than the cadence, though a clock is a moment behind', () => {
    expect(cadenceWords({ is: 'waiting', next }, at(-15.01)).words).toBe('next update in 15 min');
    expect(cadenceWords({ is: 'waiting', next }, at(-14.99)).words).toBe('next update in 15 min');
  });
  it('does not call missed what the core does not call so', () => {
    expect(cadenceWords({ is: 'reminding', next }, at(0))).toEqual({ words: 'update due now', how: 'due' });
    expect(cadenceWords({ is: 'waiting', next }, at(3))).toEqual({
      words: 'update due for 3 min',
      how: 'due',
    });
    expect(cadenceWords({ is: 'missed', next, times: 1 }, at(4)).words).toBe('update missed, due 4 min ago');
    expect(cadenceWords({ is: 'missed', next, times: 3 }, at(40)).words).toBe(
      'update missed, due 40 min ago, 3 in a row',
    );
    expect(cadenceWords({ is: 'quiet' }, at(0))).toEqual({ words: 'no update due', how: 'none' });
  });
});

describe('the time of the next update as it is typed', () => {
  const now = Date.parse('2026-11-25T22:50:00Z');
  const said = (text: string) => {
    const found = typedNext(text, now, 'Europe/Berlin');
    return found === null ? null : new Date(found).toISOString();
  };
  it('is today’s, or tomorrow’s just before midnight', () => {
    expect(said('23:55')).toBe('2026-11-25T22:55:00.000Z');
    expect(said('00:20')).toBe('2026-11-25T23:20:00.000Z');
    expect(said('2026-11-26 00:20')).toBe('2026-11-25T23:20:00.000Z');
  });
  it('stays wrong when it has just passed, so that somebody can say so', () => {
    expect(said('23:40')).toBe('2026-11-25T22:40:00.000Z');
    expect(said('soon')).toBeNull();
  });
});
