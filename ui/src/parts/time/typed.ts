import { instantOf, wall } from './snooze';

/** A time as a person types it, in their zone: `2026-11-25 02:13`, or `02:13` on the day of `near`. */
export function parseTime(text: string, near: number, zone: string): number | null {
  const [, date, hour, minute] = /^(?:(\d{4}-\d{2}-\d{2})[ T]+)?(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  if (hour === undefined || minute === undefined || Number(hour) > 23 || Number(minute) > 59) return null;
  const day = date ?? dayOf(near, zone);
  const reading = Date.parse(`${day}T00:00:00Z`) + (Number(hour) * 60 + Number(minute)) * 60_000;
  // A day that is in no calendar (31 November) reads as another one.
  if (Number.isNaN(reading) || new Date(reading).toISOString().slice(0, 10) !== day) return null;
  return instantOf(reading, zone);
}

export const dayOf = (at: number, zone: string): string =>
  new Date(wall(at, zone).asUtc).toISOString().slice(0, 10);

export const typedTime = (at: number, zone: string): string =>
  new Date(wall(at, zone).asUtc).toISOString().slice(0, 16).replace('T', ' ');
