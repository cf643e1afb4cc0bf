import { expect, it } from 'vitest';
import { linkTo } from './link';

const line = (text: string) => ({ key: 'entry_0a', at: '2026-11-26T14:02:31Z', text });

it('says when and what, and leads to the line', () => {
  expect(linkTo(line('a slow query\nholds every connection'))).toBe(
    '[14:02 a slow query holds every connection](#line-entry_0a)',
  );
});

it('takes no words of a line for Markdown, and is short', () => {
  expect(linkTo(line('see [this](javascript:1) *now*'))).toBe(
    '[14:02 see \\[this\\](javascript:1) \\*now\\*](#line-entry_0a)',
  );
  expect(linkTo(line('x'.repeat(200)))).toBe(`[14:02 ${'x'.repeat(80)}…](#line-entry_0a)`);
});
