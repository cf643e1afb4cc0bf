/** What matched stands between these two; text from outside is never HTML. */
const FROM = '\uE000';
const TO = '\uE001';

export type Part = { text: string; hit: boolean };

export function parts(excerpt: string): Part[] {
  const found: Part[] = [];
  let hit = false;
  for (const piece of excerpt.split(/([\uE000\uE001])/)) {
    if (piece === FROM) hit = true;
    else if (piece === TO) hit = false;
    else if (piece !== '') found.push({ text: piece, hit });
  }
  return found;
}
