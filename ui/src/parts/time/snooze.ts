/** The three lengths of a snooze, as instants. "Until the morning" is the person's next 07:00. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export type SnoozeChoice = { id: 'fifteen' | 'hour' | 'morning'; until: number };

export function snoozeChoices(now: number, zone: string): SnoozeChoice[] {
  return [
    { id: 'fifteen', until: now + 15 * MINUTE },
    { id: 'hour', until: now + 60 * MINUTE },
    { id: 'morning', until: nextMorning(now, zone) },
  ];
}

/** The next 07:00 in the zone, strictly after `now`: the rule of the core's `next_morning`. */
export function nextMorning(now: number, zone: string): number {
  const today = wall(now, zone);
  for (let ahead = 0; ahead <= 2; ahead++) {
    const at = instantOf(Date.UTC(today.year, today.month - 1, today.day + ahead, 7), zone);
    if (at > now) return at;
  }
  return now + 8 * 60 * MINUTE;
}

export type Wall = { year: number; month: number; day: number; asUtc: number };

/** What a clock on the wall of that zone shows; `asUtc` is the same reading taken for UTC. */
export function wall(at: number, zone: string): Wall {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const [year, month, day] = [part('year'), part('month'), part('day')];
  return {
    year,
    month,
    day,
    asUtc: Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second')),
  };
}

/** The instant of a wall-clock reading: the first of two, and after the gap when there is none. */
export function instantOf(reading: number, zone: string): number {
  const offset = (at: number) => wall(at, zone).asUtc - Math.floor(at / 1000) * 1000;
  const before = reading - offset(reading - DAY);
  const after = reading - offset(reading + DAY);
  const real = [before, after].filter((at) => wall(at, zone).asUtc === reading);
  return real.length > 0 ? Math.min(...real) : Math.max(before, after);
}
