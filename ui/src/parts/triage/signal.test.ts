import { describe, expect, it } from 'vitest';
import { firstSignal } from './signal';

const zone = 'Europe/Madrid';
const began = '2026-11-25T01:13:40.250Z';
const now = Date.parse('2026-11-25T01:17:00Z');

describe('the first signal', () => {
  it('of a page is as exact as the page knows it, while nobody types another', () => {
    expect(firstSignal('2026-11-25 02:13', began, now, zone)).toBe(began);
  });
  it('that somebody types is theirs', () => {
    expect(firstSignal('2026-11-25 02:05', began, now, zone)).toBe('2026-11-25T01:05:00.000Z');
    expect(firstSignal('02:05', undefined, now, zone)).toBe('2026-11-25T01:05:00.000Z');
    expect(firstSignal('whenever', began, now, zone)).toBeNull();
  });
});
