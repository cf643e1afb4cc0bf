import type { PlacedFinding } from '../../host/types';

/** A run of a text, with what was found about it. */
export type Segment = { text: string; at: number; finding: PlacedFinding | null };

/** The text cut at its findings, which do not overlap and come in its order. */
export function segments(text: string, findings: readonly PlacedFinding[]): Segment[] {
  const cut: Segment[] = [];
  let at = 0;
  for (const finding of findings) {
    if (finding.start < at || finding.end > text.length) continue;
    if (finding.start > at) cut.push({ text: text.slice(at, finding.start), at, finding: null });
    cut.push({ text: text.slice(finding.start, finding.end), at: finding.start, finding });
    at = finding.end;
  }
  if (at < text.length) cut.push({ text: text.slice(at), at, finding: null });
  return cut;
}

/**
 * Where findings of `before` are in `after`, until the core has looked again: those before the change stay, those behind it
 * move along, and what was changed itself is found anew.
 */
export function moved(
  findings: readonly PlacedFinding[],
  before: string,
  after: string,
): readonly PlacedFinding[] {
  if (before === after) return findings;
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before[same] === after[same]) same += 1;
  let tail = 0;
  while (tail < shorter - same && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail += 1;
  const by = after.length - before.length;
  return findings.flatMap((f) => {
    if (f.end <= same) return [f];
    return f.start >= before.length - tail ? [{ ...f, start: f.start + by, end: f.end + by }] : [];
  });
}

/** The text with the suggestion in its place; `caret`: behind it. */
export function replaced(text: string, finding: PlacedFinding): { text: string; caret: number } {
  const { start, end, suggestion } = finding;
  return {
    text: text.slice(0, start) + suggestion + text.slice(end),
    caret: start + suggestion.length,
  };
}

/** The finding that one key means: the one at the caret, else the next behind it, else the first. */
export function meant(findings: readonly PlacedFinding[], caret: number): PlacedFinding | null {
  return findings.find((f) => f.end >= caret) ?? findings[0] ?? null;
}
