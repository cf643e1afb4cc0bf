import { describe, expect, it } from 'vitest';
import { ago, countdown, elapsed, knownZone, moment, ms, otherDay, span, utc } from './time';

const now = ms('2026-11-21T02:17:00Z');
const after = (seconds: number) => now + seconds * 1000;

describe('a countdown', () => {
  it('ticks by the second only under a minute', () => {
    expect(countdown(after(59), now)).toBe('59 s');
    expect(countdown(after(0.2), now)).toBe('1 s');
    expect(countdown(after(60), now)).toBe('1 min');
    expect(countdown(after(61), now)).toBe('2 min');
    expect(countdown(after(258), now)).toBe('5 min');
  });
  it('never runs below nothing', () => {
    expect(countdown(after(0), now)).toBe('now');
    expect(countdown(after(-30), now)).toBe('now');
  });
  it('says hours and minutes far ahead', () => {
    expect(countdown(after(3 * 3600 + 59), now)).toBe('3 h 1 min');
  });
});

describe('times for a person', () => {
  it('are in their own zone, with the day only when it is another one', () => {
    expect(moment(ms('2026-11-21T02:13:00Z'), now, 'Europe/Berlin')).toBe('03:13');
    expect(moment(ms('2026-11-23T09:00:00Z'), now, 'Europe/Berlin')).toBe('Mon 10:00');
    expect(moment(ms('2026-11-30T09:00:00Z'), now, 'Europe/Berlin')).toBe('Mon 30 Nov 10:00');
    expect(moment(ms('2027-01-04T09:00:00Z'), now, 'UTC')).toBe('Mon 4 Jan 2027 09:00');
    expect(moment(ms('2026-11-20T23:30:00Z'), now, 'UTC')).toBe('Fri 23:30');
    expect(moment(ms('2026-11-20T23:30:07Z'), now, 'UTC', true)).toBe('Fri 23:30:07');
  });
  it('are headed by the day when it is another one', () => {
    expect(otherDay(ms('2026-11-20T22:30:00Z'), now, 'UTC')).toBe('Fri 20 Nov');
    expect(otherDay(ms('2026-11-20T23:30:00Z'), now, 'Europe/Berlin')).toBeNull();
  });
  it('keep UTC at hand', () => {
    expect(utc(now)).toBe('2026-11-21 02:17:00 UTC');
  });
  it('do not fall over an unknown zone', () => {
    expect(knownZone('Mars/Olympus')).toBe('UTC');
    expect(knownZone('Europe/Madrid')).toBe('Europe/Madrid');
  });
  it('are told relatively without ticking', () => {
    expect(ago(after(-20), now)).toBe('just now');
    expect(ago(after(-240), now)).toBe('4 min ago');
    expect(ago(after(-7300), now)).toBe('2 h ago');
    expect(ago(after(3600), now)).toBe('in 1 h');
  });
  it('name a length with two units at most', () => {
    expect(span(55 * 3600_000)).toBe('2 d 7 h');
    expect(span(4 * 3600_000 + 600_000)).toBe('4 h 10 min');
    expect(span(-5)).toBe('0 s');
    expect(elapsed(after(-42), now)).toBe('0:42');
    expect(elapsed(after(-300), now)).toBe('5 min');
  });
});
