import { describe, expect, it } from 'vitest';
import { NONE, OPEN, asked, chips, days, fromDay, restored, same, toDay } from './filter';

const NOW = Date.parse('2026-11-25T02:13:45Z');
const names = {
  service: (id: string) => (id === 'web' ? 'Web shop' : id),
  person: (id: string) => (id === 'ana' ? 'you' : id),
  zone: 'Europe/Berlin',
};

describe('the filter of the list', () => {
  it('asks for days that end now as a time, by the minute, so that the question stays the same for a while', () => {
    const week = { ...OPEN, last_days: 7 };
    expect(asked(week, NOW)).toEqual({ ...OPEN, declared_from: '2026-11-18T02:13:00.000Z' });
    expect(asked(week, NOW + 14_000)).toEqual(asked(week, NOW));
    expect(asked({ ...OPEN, last_days: 0 }, NOW)).toEqual(OPEN);
    expect(asked(OPEN, NOW)).toEqual(OPEN);
  });

  it('takes days as the person reads them: from the first moment to the last, also when the clocks change', () => {
    const one = days('2026-10-25', '2026-10-25', 'Europe/Berlin');
    expect(one).toEqual({
      declared_from: '2026-10-24T22:00:00.000Z',
      declared_until: '2026-10-25T23:00:00.000Z',
    });
    const filter = { ...NONE, ...one };
    expect([fromDay(filter, 'Europe/Berlin'), toDay(filter, 'Europe/Berlin')]).toEqual([
      '2026-10-25',
      '2026-10-25',
    ]);
    expect(days('', '2026-02-31', 'UTC')).toEqual({ declared_from: null, declared_until: null });
  });

  it('says each thing that narrows the list down, and what is left without it', () => {
    const filter = {
      ...OPEN,
      text: ' disk ',
      severities: ['SEV2' as const, 'SEV1' as const],
      services: ['web'],
      person: { person: 'ana', part: 'commander' as const },
      last_days: 7,
    };
    const told = chips(filter, names, false);
    expect(told.map((c) => c.words)).toEqual([
      '“disk”',
      'SEV1, critical',
      'SEV2, major',
      'Web shop',
      'you: commands',
      'declared in the last 7 days',
    ]);
    expect(told[1]?.without.severities).toEqual(['SEV2']);
    expect(told[5]?.without.last_days).toBeUndefined();
    expect(chips(OPEN, names, false)).toEqual([]);
    expect(chips(OPEN, names, true).map((c) => c.without)).toEqual([NONE]);
  });

  it('is the same whatever the order in which it was put together', () => {
    expect(same({ ...NONE, severities: ['SEV1', 'SEV2'] }, { ...NONE, severities: ['SEV2', 'SEV1'] })).toBe(
      true,
    );
    expect(same(NONE, { ...NONE, text: '  ' })).toBe(true);
    expect(same(NONE, OPEN)).toBe(false);
  });

  it('is read back from whatever was kept; what is not understood narrows nothing down', () => {
    const kept = {
      ...OPEN,
      services: ['web'],
      person: { person: 'ana', part: 'role' as const },
      last_days: 30,
    };
    expect(restored(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    expect(
      restored({
        open: 'yes',
        statuses: ['exploded', 'closed'],
        person: { person: 'ana', part: 'x' },
        more: 1,
      }),
    ).toEqual({ ...NONE, statuses: ['closed'], person: { person: 'ana', part: 'any' } });
    expect(restored(null)).toEqual(NONE);
  });
});
