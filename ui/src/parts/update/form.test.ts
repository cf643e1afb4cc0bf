import { describe, expect, it } from 'vitest';
import type { Audience, Composed, UpdateTold } from '../../host/types';
import { beginsAt, begun, chosenOf, readDraft, readersOf, sameButNumbers, toldBy, writtenIn } from './form';

const told: UpdateTold = {
  title: 'Checkout is down',
  headline: '',
  status: null,
  impact: 'Cards are refused',
  known: '',
  doing: 'Rolling back',
  workaround: '',
  next_update: '2026-11-25T02:28:00Z',
  services: ['Payments'],
  commander: 'Ana Ruiz',
  link: '',
  channel: '',
  what_happened: '',
  fix: '',
  what_next: '',
  no_news: false,
};
const composed: Composed = {
  told,
  headline: null,
  texts: [
    { audience: 'public', is_told: true, text: 'By hand', from_template: 'Made', trouble: '', findings: [] },
    { audience: 'internal', is_told: true, text: 'Made', from_template: null, trouble: '', findings: [] },
    { audience: 'managers', is_told: false, text: 'Made', from_template: null, trouble: '', findings: [] },
  ],
  written: { public: 'By hand' },
  status: 'identified',
  statuses: [],
  next_update: null,
  latest: null,
  next_choices: [],
  next_trouble: null,
  readers: [
    { person: 'vic', who: 'executives', texts: ['executives', 'internal'] },
    { person: 'eve', who: 'engineering_manager', texts: ['managers', 'internal'] },
  ],
  last: { by: 'ben', at: '2026-11-25T02:10:00Z', update: { id: 'u1', told, texts: {} } },
  corrects: null,
  waiting_since: null,
  refused: '',
};

describe('an update that is written', () => {
  it('begins in the first field that has to be written', () => {
    const { fields } = begun(composed);
    expect(beginsAt(fields, false)).toBe('known');
    expect(beginsAt({ ...fields, impact: ' ' }, false)).toBe('impact');
    expect(beginsAt(fields, true)).toBe('what_happened');
    expect(beginsAt({ ...fields, what_happened: 'A full disk' }, true)).toBe('fix');
    expect(beginsAt({ ...fields, what_happened: 'a', fix: 'b', what_next: 'c' }, true)).toBe('what_happened');
  });

  it('begins as the core says, and chooses neither a status nor a time by itself', () => {
    const form = begun(composed);
    expect(form.fields.doing).toBe('Rolling back');
    expect([form.status, form.next, form.seen]).toEqual([null, { is: 'cadence' }, 'u1']);
    expect(form.written).toEqual({ public: { text: 'By hand', over: 'Made' } });
    expect(writtenIn(form)).toEqual({ public: 'By hand' });
    expect(toldBy({ ...form, status: 'monitoring' })).toMatchObject({
      status: 'monitoring',
      doing: 'Rolling back',
    });
  });

  it('goes to those whom the severity tells, until somebody chooses; in the order of the audiences', () => {
    const form = begun(composed);
    expect(chosenOf(form, composed)).toEqual(['public', 'internal']);
    expect(chosenOf({ ...form, audiences: ['managers', 'public'] }, composed)).toEqual([
      'public',
      'managers',
    ]);
    expect(chosenOf({ ...form, audiences: [] }, composed)).toEqual([]);
  });

  it('is told to each who must know in one text: theirs, the one for inside, or the first', () => {
    const told = (chosen: Audience[]) =>
      chosen.map((a) => readersOf(a, chosen, composed).map((r) => r.person));
    expect(told(['public', 'internal', 'executives', 'managers'])).toEqual([[], [], ['vic'], ['eve']]);
    expect(told(['public', 'internal', 'managers'])).toEqual([[], ['vic'], ['eve']]);
    expect(told(['public', 'customers'])).toEqual([['vic', 'eve'], []]);
  });

  it('comes back from its draft as it was; what is none begins anew', () => {
    const form = { ...begun(composed), aside: begun(composed).fields, status: 'resolved' as const };
    expect(readDraft(JSON.stringify(form))).toEqual(form);
    expect(readDraft(JSON.stringify({ fields: { doing: 'Watching' } }))?.fields).toMatchObject({
      doing: 'Watching',
      fix: '',
    });
    for (const none of ['', '{', 'null', '{"text":"of an older version"}', '[]'])
      expect(readDraft(none)).toBeNull();
  });

  it('is the same text when nothing but its times went on', () => {
    expect(sameButNumbers('Next: 02:28, for 9 min', 'Next: 02:29, for 10 min')).toBe(true);
    expect(sameButNumbers('Checkout: identified', 'Checkout: monitoring')).toBe(false);
  });
});
