import type { EntryKind } from '../../host/types';

/** The kinds of an entry in the order of their keys, Alt 1 to Alt 7. */
export const KINDS: readonly EntryKind[] = [
  'checking',
  'theory',
  'found',
  'need',
  'decision',
  'action',
  'note',
];

/** A kind typed before the words: `theory: the cache is cold`. The colon makes it one; `found 3 errors` is not. */
export function typedKind(text: string): { kind: EntryKind; text: string } | null {
  const [, word, rest] = /^\s*([a-z]+):\s*([\s\S]*)$/i.exec(text) ?? [];
  const kind = KINDS.find((k) => k === word?.toLowerCase());
  return kind ? { kind, text: rest ?? '' } : null;
}

/** What is said of a decision after `because`, when it was written in one go. */
export function typedReason(text: string): { text: string; reason: string } | null {
  const [, said, reason] = /^([\s\S]+?)[,;:]?\s+because:?\s+([\s\S]+)$/i.exec(text) ?? [];
  return said && reason ? { text: said.trim(), reason: reason.trim() } : null;
}
