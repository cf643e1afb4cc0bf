import { expect, it } from 'vitest';
import { review, withoutRunbook } from './review';

it('a review is due after ninety days', () => {
  expect(review({ last_reviewed: null }, '2026-11-25')).toEqual({ is: 'never' });
  expect(review({ last_reviewed: 'soon' }, '2026-11-25')).toEqual({ is: 'never' });
  expect(review({ last_reviewed: '2026-11-25' }, '2026-11-25')).toEqual({ is: 'good', days: 0 });
  expect(review({ last_reviewed: '2026-08-27' }, '2026-11-25')).toEqual({ is: 'good', days: 90 });
  expect(review({ last_reviewed: '2026-08-26' }, '2026-11-25')).toEqual({ is: 'due', days: 91 });
});

it('an archived runbook covers no service', () => {
  const row = {
    id: 'r',
    title: '',
    owner: null,
    service: 'web',
    last_reviewed: null,
    archived: true,
    pending: false,
  };
  const services = [{ id: 'web' }, { id: 'search' }];
  expect(withoutRunbook(services, [row]).map((s) => s.id)).toEqual(['web', 'search']);
  expect(withoutRunbook(services, [{ ...row, archived: false }]).map((s) => s.id)).toEqual(['search']);
});
