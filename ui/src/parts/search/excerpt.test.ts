import { expect, it } from 'vitest';
import { parts } from './excerpt';

it('splits at the marks and keeps everything else as text', () => {
  expect(parts('a \uE000slow\uE001 <b>query</b>')).toEqual([
    { text: 'a ', hit: false },
    { text: 'slow', hit: true },
    { text: ' <b>query</b>', hit: false },
  ]);
  expect(parts('')).toEqual([]);
  expect(parts('\uE000open end')).toEqual([{ text: 'open end', hit: true }]);
  expect(parts('stray \uE001end')).toEqual([
    { text: 'stray ', hit: false },
    { text: 'end', hit: false },
  ]);
});
