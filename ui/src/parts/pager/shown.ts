/**
 * Which page the pager window shows. The one on the screen stays as long as it is open: another one that starts
 * to ring never takes its place under somebody's finger.
 */
export function chooseShown(
  shown: string | null,
  ringing: readonly string[],
  open: readonly string[],
): string | null {
  if (shown !== null && (ringing.includes(shown) || open.includes(shown))) return shown;
  return ringing[0] ?? null;
}
