import { expect, it } from 'vitest';
import { dayOf, parseTime, typedTime } from './typed';

const zone = 'Europe/Madrid';
const near = Date.parse('2026-11-25T01:20:00Z');

it('reads and writes a time in the person’s zone', () => {
  expect(typedTime(near, zone)).toBe('2026-11-25 02:20');
  expect(parseTime('2026-11-25 02:13', near, zone)).toBe(Date.parse('2026-11-25T01:13:00Z'));
  expect(parseTime(' 2:13 ', near, zone)).toBe(Date.parse('2026-11-25T01:13:00Z'));
  expect(dayOf(Date.parse('2026-11-24T23:30:00Z'), zone)).toBe('2026-11-25');
});

it('says no to what is not a time', () => {
  for (const wrong of ['', 'soon', '24:00', '2:60', '2026-11-31 02:00', '2026-13-01 02:00'])
    expect(parseTime(wrong, near, zone), wrong).toBeNull();
});
