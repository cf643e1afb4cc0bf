import { parseTime } from '../time/typed';

const DAY = 24 * 60 * 60_000;

/** A time to come as a person types it: `00:20` at ten to midnight is tomorrow's. */
export function typedNext(text: string, now: number, zone: string): number | null {
  const today = parseTime(text, now, zone);
  if (today === null || today > now || text.includes('-')) return today;
  const tomorrow = parseTime(text, now + DAY, zone);
  // What passed a few hours ago was meant so, and is wrong; half a day is the wrap of the clock.
  return tomorrow !== null && tomorrow - now < DAY / 2 ? tomorrow : today;
}
