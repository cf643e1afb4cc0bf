import type { ScheduleShifts, Shift } from '../../host/types';
import { ms } from '../time/time';

export type Duty = { schedule: string; name: string; now: Shift | null; next: Shift | null };

/** Who is on call now and who is next, schedule by schedule. Shifts come as instants: no rota is computed here. */
export function duties(schedules: readonly ScheduleShifts[], now: number): Duty[] {
  return schedules.map((s) => {
    const shifts = joined(s.shifts);
    const current = shifts.find((x) => ms(x.start) <= now && now < ms(x.end)) ?? null;
    const after = current ? ms(current.end) : now;
    const next = shifts.find((x) => ms(x.start) >= after && x !== current) ?? null;
    return { schedule: s.schedule, name: s.name, now: current, next };
  });
}

/** Turns of the same people one after the other are one stretch of duty. */
export function joined(shifts: readonly Shift[]): Shift[] {
  const found: Shift[] = [];
  for (const shift of shifts) {
    const last = found[found.length - 1];
    const same = last && last.end === shift.start && last.people.join() === shift.people.join();
    if (same) found[found.length - 1] = { ...last, end: shift.end };
    else found.push(shift);
  }
  return found;
}

export type MyShift = { schedule: string; start: string; end: string };

/** One's own shifts that are not over, the earliest first. */
export function myShifts(schedules: readonly ScheduleShifts[], me: string, now: number): MyShift[] {
  return schedules
    .flatMap((s) =>
      joined(s.shifts)
        .filter((x) => x.people.includes(me) && ms(x.end) > now)
        .map((x) => ({ schedule: s.name, start: x.start, end: x.end })),
    )
    .toSorted((a, b) => ms(a.start) - ms(b.start));
}
