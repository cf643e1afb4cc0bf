import { expect, it } from 'vitest';
import { begun, offered } from './mention';

const NAMES = ['Ana Ruiz', 'Ben Okafor', 'Zoë D’Arc', 'Annabel Ruiz'];

it('begins behind an @ that is no part of a word', () => {
  expect(begun('@')).toBe('');
  expect(begun('Ask @An')).toBe('An');
  expect(begun('Ask (@Zoë D’A')).toBe('Zoë D’A');
  expect(begun('ana@ex')).toBe(null);
  expect(begun('Ask @Ana, then')).toBe(null);
  expect(begun('@Ana Ruiz which queue was it')).toBe(null);
});

it('offers who is called so, by the first name before the last', () => {
  expect(offered(NAMES, 'an')).toEqual(['Ana Ruiz', 'Annabel Ruiz']);
  expect(offered(NAMES, 'ok')).toEqual(['Ben Okafor']);
  expect(offered(NAMES, 'Ana Ruiz')).toEqual(['Ana Ruiz']);
  expect(offered(NAMES, 'x')).toEqual([]);
});
