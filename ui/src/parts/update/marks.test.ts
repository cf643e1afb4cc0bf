import { describe, expect, it } from 'vitest';
import type { PlacedFinding } from '../../host/types';
import { meant, moved, replaced, segments } from './marks';

const find = (text: string, word: string, suggestion = 'our team'): PlacedFinding => {
  const start = text.indexOf(word);
  return { start, end: start + word.length, rule: 'person', why: 'names somebody', suggestion };
};
const text = '🔥 Ben restarts db-7 for Ana';
const all = [find(text, 'Ben'), find(text, 'db-7'), find(text, 'Ana')];
const marked = (t: string, findings: readonly PlacedFinding[]) =>
  segments(t, findings).map((s) => (s.finding ? `[${s.text}]` : s.text));

describe('a text with findings', () => {
  it('is cut at them, and nothing of it is lost', () => {
    expect(marked(text, all)).toEqual(['🔥 ', '[Ben]', ' restarts ', '[db-7]', ' for ', '[Ana]']);
    expect(marked('', [])).toEqual([]);
    expect(marked('Ben', [find('Ben', 'Ben')])).toEqual(['[Ben]']);
  });

  it('leaves out what does not lie in it', () => {
    expect(marked('Ben', all)).toEqual(['Ben']);
  });

  it('keeps the marks at their words while somebody types between them', () => {
    const typed = text.replace('restarts', 'restarts, again,');
    expect(marked(typed, moved(all, text, typed)).filter((s) => s.startsWith('['))).toEqual([
      '[Ben]',
      '[db-7]',
      '[Ana]',
    ]);
  });

  it('drops the mark of a word that was changed itself', () => {
    const typed = text.replace('db-7', 'dX-7');
    expect(marked(typed, moved(all, text, typed)).filter((s) => s.startsWith('['))).toEqual([
      '[Ben]',
      '[Ana]',
    ]);
    expect(moved(all, text, '')).toEqual([]);
  });

  it('takes the suggestion, with the caret behind it', () => {
    const done = replaced(text, find(text, 'db-7', 'one of our systems'));
    expect(done.text).toBe('🔥 Ben restarts one of our systems for Ana');
    expect(done.text.slice(0, done.caret)).toBe('🔥 Ben restarts one of our systems');
  });

  it('means the word at the caret, the next one, or from the end the first', () => {
    expect(meant(all, text.indexOf('en '))?.start).toBe(all[0]?.start);
    expect(meant(all, text.indexOf('restarts') + 2)?.start).toBe(all[1]?.start);
    expect(meant(all, text.length)?.start).toBe(all[2]?.start);
    expect(meant(all.slice(0, 2), text.length)?.start).toBe(all[0]?.start);
    expect(meant([], 0)).toBeNull();
  });
});
