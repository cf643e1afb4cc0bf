import type { PostmortemLine } from '../../host/types';
import { clockSeconds, ms } from '../time/time';

/** Characters of a line that stand in a link to it. */
const MOST = 80;

/** A line as Markdown that leads to it; elsewhere its words are left. */
export function linkTo(line: Pick<PostmortemLine, 'key' | 'at' | 'text'>): string {
  const flat = line.text.replace(/\s+/g, ' ').trim();
  const words = flat.length > MOST ? `${Array.from(flat).slice(0, MOST).join('').trimEnd()}…` : flat;
  // What means something to Markdown is said as it is.
  const plain = words.replace(/[\\[\]*_`<>~!|]/g, '\\$&');
  return `[${clockSeconds(ms(line.at), 'UTC').slice(0, 5)} ${plain}](#line-${line.key})`;
}
