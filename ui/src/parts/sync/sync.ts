import type { Draft, SyncState } from '../../host/types';
import { words } from '../../words/en';

const w = words.sync;

/** `good` and `quiet` need nothing; `pending`: the team does not know something; `attention`: the person is asked. */
export type Tone = 'good' | 'quiet' | 'pending' | 'attention';
export type SyncWords = { words: string; tone: Tone; open: 'drafts' | 'waiting' };

/**
 * How far this computer and the team know the same, in one sentence: what asks for the person first, then what has
 * to be known before it can be trusted, then the ordinary.
 */
export function syncWords(
  sync: SyncState,
  drafts: readonly Draft[],
  /** Since when there is no connection, in words; `null` where the screen says it already. */
  since: string | null,
): SyncWords {
  const waiting = sync.waiting > 0 ? w.waiting(sync.waiting) : null;
  if (sync.drafts > 0) {
    const title = sync.drafts === 1 ? drafts[0]?.title : undefined;
    const said = title === undefined ? w.refused(sync.drafts) : w.refusedOne(title);
    return { words: said, tone: 'attention', open: 'drafts' };
  }
  if (sync.notice !== null) return { words: w.notice(sync.notice), tone: 'attention', open: 'waiting' };
  if (sync.alone) return { words: w.alone, tone: 'quiet', open: 'waiting' };
  if (!sync.connected && since !== null) {
    const said = waiting === null ? w.offline(since) : `${w.offline(since)} · ${waiting}`;
    return { words: said, tone: waiting === null ? 'quiet' : 'pending', open: 'waiting' };
  }
  const percent = percentOf(sync);
  if (percent !== null && sync.connected) {
    const said = waiting === null ? w.catchingUp(percent) : `${w.catchingUp(percent)} · ${waiting}`;
    return { words: said, tone: 'quiet', open: 'waiting' };
  }
  if (waiting !== null) return { words: waiting, tone: 'pending', open: 'waiting' };
  if (!sync.connected) return { words: w.nothingWaiting, tone: 'quiet', open: 'waiting' };
  return { words: w.allKnown, tone: 'good', open: 'waiting' };
}

/** Whole percent, never 100 before it is done. */
export function percentOf(sync: SyncState): number | null {
  const p = sync.catching_up;
  if (p === null) return null;
  return p.total === 0 ? 0 : Math.min(99, Math.floor((p.done / p.total) * 100));
}
