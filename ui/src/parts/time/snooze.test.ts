import { describe, expect, it } from 'vitest';
import { nextMorning, snoozeChoices } from './snooze';

const at = (text: string) => Date.parse(text);
const iso = (instant: number) => new Date(instant).toISOString();

describe('a snooze until the morning', () => {
  it('is the next 07:00 where the person lives', () => {
    expect(iso(nextMorning(at('2026-11-21T02:13:00Z'), 'Europe/Berlin'))).toBe('2026-11-21T06:00:00.000Z');
    expect(iso(nextMorning(at('2026-11-21T02:13:00Z'), 'America/New_York'))).toBe('2026-11-21T12:00:00.000Z');
    expect(iso(nextMorning(at('2026-11-21T02:13:00Z'), 'Asia/Kolkata'))).toBe('2026-11-22T01:30:00.000Z');
  });
  it('at 07:00 sharp is the one of tomorrow', () => {
    expect(iso(nextMorning(at('2026-11-21T07:00:00Z'), 'UTC'))).toBe('2026-11-22T07:00:00.000Z');
    expect(iso(nextMorning(at('2026-11-21T06:59:59.999Z'), 'UTC'))).toBe('2026-11-21T07:00:00.000Z');
  });
  it('is right in the nights when the clocks change', () => {
    expect(iso(nextMorning(at('2026-03-28T23:00:00Z'), 'Europe/Berlin'))).toBe('2026-03-29T05:00:00.000Z');
    expect(iso(nextMorning(at('2026-10-24T22:00:00Z'), 'Europe/Berlin'))).toBe('2026-10-25T06:00:00.000Z');
  });
  it('crosses the end of a month and a year', () => {
    expect(iso(nextMorning(at('2026-12-31T20:00:00Z'), 'Europe/Madrid'))).toBe('2027-01-01T06:00:00.000Z');
  });
});

it('offers 15 minutes, an hour and the morning', () => {
  const now = at('2026-11-21T02:13:00Z');
  expect(snoozeChoices(now, 'UTC').map((c) => iso(c.until))).toEqual([
    '2026-11-21T02:28:00.000Z',
    '2026-11-21T03:13:00.000Z',
    '2026-11-21T07:00:00.000Z',
  ]);
});
