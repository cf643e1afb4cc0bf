import type { WouldRing } from '../../host/types';
import { words } from '../../words/en';

const w = words.declare.rings;

/** Whom declaring it rings, in words. */
export function ringsWords(
  rings: WouldRing,
  person: (id: string) => string,
  when: (instant: string) => string,
): string {
  if (rings.nobody !== null) return w.nobody[rings.nobody];
  const who = rings.people.map(person);
  const said: string[] = rings.by_default ? [w.byDefault] : [];
  if (who.length > 0) {
    said.push(rings.from === null ? w.now(who) : w.from(who, when(rings.from)));
    if (rings.spares_me) said.push(w.notYou);
  } else said.push(rings.spares_me ? w.yours : w.empty);
  return said.join(' ');
}
