import { expect, it } from 'vitest';
import { answersOf, parsePercent } from './form';

it('reads a share of the users as people write it', () => {
  expect(['12', ' 12.5 % ', '0,3%', '100', '-2'].map(parsePercent)).toEqual([12, 12.5, 0.3, 100, -2]);
  expect(['', '%', 'half', '12 of 100', '1e3', '1.2.3'].map(parsePercent)).toEqual(Array(6).fill(null));
});

it('asks for a severity only when both questions are answered', () => {
  expect(answersOf('wide', null, ['breach'])).toBeNull();
  expect(answersOf(null, 'high', [])).toBeNull();
  expect(answersOf('wide', 'high', ['breach', 'unsure'])).toEqual({
    scope: 'wide',
    impact: 'high',
    data_loss: false,
    breach: true,
    revenue: false,
    compliance: false,
    workaround: false,
    unsure: true,
  });
});
