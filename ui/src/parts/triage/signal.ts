import { ms } from '../time/time';
import { parseTime, typedTime } from '../time/typed';

/**
 * When it began, as an instant; `null`: what was typed is no time. A page knows to the second when it `began`, and what is typed
 * says only the minute.
 */
export function firstSignal(
  text: string,
  began: string | undefined,
  now: number,
  zone: string,
): string | null {
  if (began && text === typedTime(ms(began), zone)) return began;
  const at = parseTime(text, now, zone);
  return at === null ? null : new Date(at).toISOString();
}
