import { expect, it } from 'vitest';
import { dayOrNothing, labelLines, labelsOf, urlsOf } from './fields';

it('labels are written one to a line, as a monitoring system writes them', () => {
  const typed = 'alertname=HighErrorRate\n\n severity = "critical" ';
  const labels = { alertname: 'HighErrorRate', severity: 'critical' };
  expect(labelsOf(typed)).toEqual({ value: labels });
  expect(labelLines(labels)).toBe('alertname=HighErrorRate\nseverity=critical');
  expect(labelsOf('a=b=c')).toEqual({ value: { a: 'b=c' } });
  expect(labelsOf('')).toEqual({ value: null });
  expect(labelsOf('nonsense')).toEqual({ wrong: expect.stringContaining('nonsense') });
});

it('links and a day are taken as they are; the core says what is wrong with them', () => {
  expect(urlsOf('https://a.example\nhttps://b.example')).toEqual({
    value: ['https://a.example', 'https://b.example'],
  });
  expect(urlsOf(' ')).toEqual({ value: null });
  expect(dayOrNothing('2026-11-25')).toEqual({ value: '2026-11-25' });
  expect(dayOrNothing('')).toEqual({ value: null });
});
