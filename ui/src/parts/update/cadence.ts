import type { CadenceState, NextUpdate } from '../../host/types';
import { words } from '../../words/en';
import { countdown, ms, span } from '../time/time';

const w = words.update.cadence;

/** What is left until the next update. A clock that is a moment behind the team's adds nothing to the cadence. */
export const timeLeft = (next: NextUpdate, now: number): string =>
  countdown(ms(next.due_at), Math.max(now, ms(next.since)));

/** When the next update is due, in words, and how urgent it looks. */
export function cadenceWords(
  updates: CadenceState,
  now: number,
): { words: string; how: 'none' | 'waiting' | 'soon' | 'due' | 'missed' } {
  if (updates.is === 'quiet') return { words: w.none, how: 'none' };
  const past = now - ms(updates.next.due_at);
  if (updates.is === 'missed') {
    const times = updates.times > 1 ? `, ${w.times(updates.times)}` : '';
    return { words: w.missed(span(Math.max(past, 0))) + times, how: 'missed' };
  }
  if (past >= 0) return { words: past < 60_000 ? w.due : w.dueSince(span(past)), how: 'due' };
  const left = w.in(timeLeft(updates.next, now));
  return { words: left, how: updates.is === 'reminding' ? 'soon' : 'waiting' };
}
