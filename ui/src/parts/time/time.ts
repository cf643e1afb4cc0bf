/** Times for people. Every function is pure: now and the zone are arguments. */
import { words } from '../../words/en';

const w = words.time;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const ms = (instant: string): number => Date.parse(instant);

const formats = new Map<string, Intl.DateTimeFormat>();
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options });
    formats.set(key, found);
  }
  return found;
}

/** The zone when the engine knows it, else UTC: a wrong zone must not take the page off the screen. */
export function knownZone(zone: string | null | undefined): string {
  if (!zone) return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  try {
    format(zone, {});
    return zone;
  } catch {
    return 'UTC';
  }
}

/** `02:13` */
export const clock = (at: number, zone: string): string =>
  format(zone, { hour: '2-digit', minute: '2-digit' }).format(at);

/** `02:13:05` */
export const clockSeconds = (at: number, zone: string): string =>
  format(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at);

/** In every zone a day begins at a quarter of an hour of UTC: a quarter is all of one day, and many lines share one. */
const days = new Map<string, string>();
const DAYS_KEPT = 10_000;
function dayKey(at: number, zone: string): string {
  const key = `${Math.floor(at / (15 * MINUTE))} ${zone}`;
  let day = days.get(key);
  if (day === undefined) {
    if (days.size >= DAYS_KEPT) days.clear();
    day = format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
    days.set(key, day);
  }
  return day;
}

/** `02:13` today, `Mon 10:00` within six days, `Mon 30 Nov 10:00` beyond; to the second where that is asked for. */
export function moment(at: number, now: number, zone: string, seconds = false): string {
  const time = (seconds ? clockSeconds : clock)(at, zone);
  if (dayKey(at, zone) === dayKey(now, zone)) return time;
  const weekday = format(zone, { weekday: 'short' }).format(at);
  if (Math.abs(at - now) < 6 * DAY) return `${weekday} ${time}`;
  const sameYear = format(zone, { year: 'numeric' });
  const year = sameYear.format(at) === sameYear.format(now) ? '' : ` ${sameYear.format(at)}`;
  const date = format(zone, { day: 'numeric', month: 'short' }).format(at);
  return `${weekday} ${date}${year} ${time}`;
}

/** `Fri 20 Nov`, or nothing on the day of `than`: a heading between times of different days. */
export function otherDay(at: number, than: number, zone: string): string | null {
  if (dayKey(at, zone) === dayKey(than, zone)) return null;
  const weekday = format(zone, { weekday: 'short' }).format(at);
  return `${weekday} ${format(zone, { day: 'numeric', month: 'short' }).format(at)}`;
}

/** `2026-11-21 02:13:05 UTC`, for the title of every time. */
export function utc(at: number): string {
  return w.utc(new Date(at).toISOString().slice(0, 19).replace('T', ' '));
}

/** `42 s`, `4 min`, `4 h 10 min`, `2 d 7 h`: at most two units, rounded down. */
export function span(length: number): string {
  const n = Math.max(0, length);
  if (n < MINUTE) return w.s(Math.floor(n / SECOND));
  if (n < HOUR) return w.min(Math.floor(n / MINUTE));
  if (n < DAY) {
    const minutes = Math.floor((n % HOUR) / MINUTE);
    return minutes === 0 ? w.h(Math.floor(n / HOUR)) : `${w.h(Math.floor(n / HOUR))} ${w.min(minutes)}`;
  }
  const hours = Math.floor((n % DAY) / HOUR);
  return hours === 0 ? w.d(Math.floor(n / DAY)) : `${w.d(Math.floor(n / DAY))} ${w.h(hours)}`;
}

/** `4 min ago`. Says less than it knows under a minute: nothing on the screen counts up for no reason. */
export function ago(at: number, now: number): string {
  const past = now - at;
  if (past < -5 * SECOND) return w.ahead(span(-past));
  if (past < MINUTE) return w.lessThanMinute;
  if (past < HOUR) return w.ago(w.min(Math.floor(past / MINUTE)));
  if (past < DAY) return w.ago(w.h(Math.floor(past / HOUR)));
  return w.ago(w.d(Math.floor(past / DAY)));
}

/** What is left until `at`: by the second under a minute, else whole minutes, never less than is left. */
export function countdown(at: number, now: number): string {
  const left = at - now;
  if (left <= 0) return w.now;
  if (left < MINUTE) return w.s(Math.ceil(left / SECOND));
  if (left < HOUR) return w.min(Math.ceil(left / MINUTE));
  return span(Math.ceil(left / MINUTE) * MINUTE);
}

/** How long something has gone on: `0:42` under a minute, then `4 min`. */
export function elapsed(since: number, now: number): string {
  const past = Math.max(0, now - since);
  if (past < MINUTE) return `0:${String(Math.floor(past / SECOND)).padStart(2, '0')}`;
  return span(past);
}
