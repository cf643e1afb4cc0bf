import type { ScheduleShifts, Shift } from '../../host/types';
import { ms } from '../time/time';

export type Duty = { schedule: string; name: string; now: Shift | null; next: Shift | null };

/** Who is on call now and who is next, schedule by schedule. Shifts come as instants: no rota is computed here. */
export function duties(schedules: readonly ScheduleShifts[], now: number): Duty[] {
  return schedules.map((s) => {
    const current = s.shifts.find((x) => ms(x.start) <= now && now < ms(x.end)) ?? null;
    const after = current ? ms(current.end) : now;
    const next = s.shifts.find((x) => ms(x.start) >= after && x !== current) ?? null;
    return { schedule: s.schedule, name: s.name, now: current, next };
  });
}

export type MyShift = { schedule: string; start: string; end: string };

/** One's own shifts that are not over, the earliest first. */
export function myShifts(schedules: readonly ScheduleShifts[], me: string, now: number): MyShift[] {
  return schedules
    .flatMap((s) =>
      s.shifts
        .filter((x) => x.people.includes(me) && ms(x.end) > now)
        .map((x) => ({ schedule: s.name, start: x.start, end: x.end })),
    )
    .toSorted((a, b) => ms(a.start) - ms(b.start));
}
