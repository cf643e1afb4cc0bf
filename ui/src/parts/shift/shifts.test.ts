import { expect, it } from 'vitest';
import { duties, myShifts } from './shifts';

const at = (day: number) => `2026-11-${String(day).padStart(2, '0')}T09:00:00Z`;
const shift = (from: number, to: number, ...people: string[]) => ({ start: at(from), end: at(to), people });
const now = Date.parse(at(10));
const primary = (...shifts: ReturnType<typeof shift>[]) => [{ schedule: 'primary', name: 'Primary', shifts }];

it('says who is on call now and who is next', () => {
  const [duty] = duties(primary(shift(2, 9, 'ana'), shift(9, 16, 'ben'), shift(16, 23, 'chi')), now);
  expect(duty?.now?.people).toEqual(['ben']);
  expect(duty?.next?.people).toEqual(['chi']);
});

it('two turns of the same person in a row are one stretch', () => {
  const schedules = primary(shift(9, 16, 'ben'), shift(16, 23, 'ben'), shift(23, 30, 'chi'));
  const [duty] = duties(schedules, now);
  expect(duty?.now?.end).toBe(at(23));
  expect(duty?.next?.people).toEqual(['chi']);
  expect(myShifts(schedules, 'ben', now)).toEqual([{ schedule: 'Primary', start: at(9), end: at(23) }]);
});

it('a gap is nobody, and the next one is still named', () => {
  const [duty] = duties(primary(shift(2, 9, 'ana'), shift(16, 23, 'chi')), now);
  expect(duty?.now).toBeNull();
  expect(duty?.next?.people).toEqual(['chi']);
});
