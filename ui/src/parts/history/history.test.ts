import { describe, expect, it } from 'vitest';
import type { PageEvent, RaiseId, ReceiptState, Recorded } from '../../host/types';
import { historyLines, type Telling } from './history';

const people: Record<string, string> = { ana: 'you', ben: 'Ben Okafor', chi: 'Chi Tran' };
const telling: Telling = {
  now: Date.parse('2026-11-21T02:30:00Z'),
  zone: 'Europe/Berlin',
  person: (id) => people[id] ?? id,
  service: () => 'Payments API',
};
const PAGE = '0190a1b2-0000-7000-8000-000000000001';
const plan = { policy: 'default', steps: [], rounds: 3, gap: '10m' };
const raise = (person: string, step = 0, round = 0): RaiseId => ({ page: PAGE, round, step, person });

let minute = 0;
const at = (seconds: number) => new Date(Date.parse('2026-11-21T02:13:00Z') + seconds * 1000).toISOString();
const record = (event: PageEvent, seconds = ++minute): Recorded => ({ at: at(seconds), event });
const tell = (...events: PageEvent[]) => {
  minute = 0;
  return historyLines(
    events.map((e) => record(e)),
    telling,
  );
};
const one = (event: PageEvent) => {
  const lines = tell(event);
  expect(lines).toHaveLength(1);
  return [lines[0]!.words, ...lines[0]!.more].join(' ');
};
const opened: PageEvent = {
  type: 'opened',
  page: PAGE,
  number: 12,
  service: 'payments-api',
  urgency: 'high',
  severity: 'SEV2',
  title: 'Error rate 12.4 % on checkout',
  source: 'Alertmanager',
  runbook: null,
  started_at: at(-300),
  alerts: 1,
  repeats: 0,
  plan,
};
const stepped = (who: string[], more: Partial<Extract<PageEvent, { type: 'stepped' }>> = {}): PageEvent => ({
  type: 'stepped',
  round: 0,
  step: 0,
  raised: who.map((person) => ({ person, liveness: 'alive', channels: [] })),
  nobody: [],
  late_ms: 0,
  waited: true,
  base: at(0),
  ...more,
});
const receipt = (person: string, device: string, state: ReceiptState): PageEvent => ({
  type: 'receipt',
  raise: raise(person),
  device,
  device_name: device,
  state,
  claimed_at: null,
});

describe('every event of a page in words', () => {
  it('opened', () => {
    expect(one(opened)).toBe(
      'Page 12 opened for Payments API: SEV2, 1 alert The monitoring system says it started 03:08.',
    );
  });
  it('held back', () => {
    expect(one({ type: 'deferred', until: '2026-11-23T08:00:00Z', why: { kind: 'business_hours' } })).toBe(
      'Rings nobody before business hours: Mon 09:00',
    );
    expect(one({ type: 'deferred', until: at(3600), why: { kind: 'silence', silence: PAGE } })).toBe(
      'Silenced for maintenance until 04:13',
    );
    expect(one({ type: 'released' })).toContain('it may ring now');
  });
  it('alerts that end, and a worse severity', () => {
    expect(one({ type: 'alerts_ended', ended: 2, firing: 35 })).toBe('2 alerts ended: 35 still firing');
    expect(one({ type: 'alerts_ended', ended: 1, firing: 0 })).toBe('1 alert ended: none is firing now');
    expect(one({ type: 'severity_raised', from: 'SEV3', to: 'SEV1', plan })).toBe(
      'Worse than before: SEV3 is now SEV1',
    );
  });
  it.each([
    ['opened', 'Paging began'],
    ['repeat', 'the whole chain again (time 2)'],
    ['forgotten', 'then nothing happened'],
    ['reassigned', 'new person'],
    ['escalated', 'the chain goes on'],
    ['snooze_ended', 'snooze is over'],
    ['severity_raised', 'it got worse'],
    ['flapped', 'shortly after it was resolved'],
    ['exhausted', 'admins are alarmed'],
  ] as const)('a round that began because: %s', (why, said) => {
    expect(one({ type: 'round_started', round: 1, turn: 2, why, base: at(0), first: null })).toContain(said);
  });
  it('a round that begins with somebody', () => {
    expect(
      one({ type: 'round_started', round: 1, turn: 1, why: 'reassigned', base: at(0), first: 'ana' }),
    ).toContain('You first.');
  });
  it('acknowledged by a person, the monitoring system, or us', () => {
    const ack = { type: 'acknowledged', via: 'pager_window', claimed_at: null, until: at(1800) } as const;
    expect(one({ ...ack, by: { kind: 'person', person: 'ana' } })).toBe(
      'You acknowledged in the pager window Comes back 03:43 if nothing happens.',
    );
    expect(one({ ...ack, by: { kind: 'monitoring' }, via: 'monitoring', until: null })).toBe(
      'Acknowledged in the monitoring system',
    );
    expect(one({ ...ack, by: { kind: 'server' }, until: null })).toBe('Acknowledged by Firebell');
  });
  it('acknowledged offline says when it was pressed', () => {
    const [line] = historyLines(
      [
        record(
          {
            type: 'acknowledged',
            by: { kind: 'person', person: 'ben' },
            via: 'notification',
            claimed_at: at(60),
            until: null,
          },
          600,
        ),
      ],
      telling,
    );
    expect(line!.words).toBe('Ben Okafor acknowledged from the notification');
    expect(line!.more).toEqual(['Pressed 03:14 while offline; the team learned of it now.']);
  });
  it('what people do', () => {
    expect(one({ type: 'escalated', by: 'ben', base: at(0) })).toBe('Ben Okafor asked for the next person');
    expect(one({ type: 'reassigned', by: 'ben', to: 'ana' })).toBe('Ben Okafor gave it to you');
    expect(one({ type: 'snoozed', by: 'ana', until: '2026-11-21T06:00:00Z' })).toBe(
      'You snoozed it until 07:00',
    );
    expect(one({ type: 'resolved', by: { kind: 'person', person: 'chi' } })).toBe('Chi Tran resolved it');
    expect(one({ type: 'resolved', by: { kind: 'monitoring' } })).toContain(
      'the monitoring system says it is over',
    );
    expect(one({ type: 'resolved', by: { kind: 'server' } })).toContain('every alert is over');
  });
  it('a note keeps the words as they were written', () => {
    const [line] = tell({ type: 'noted', by: 'ana', text: '<b>rolled back</b>\nto v3.4.1', until: null });
    expect(line!.words).toBe('You noted');
    expect(line!.quote).toBe('<b>rolled back</b>\nto v3.4.1');
  });
  it('something of a newer server is shown, not hidden', () => {
    expect(one({ type: 'teleported' } as unknown as PageEvent)).toBe(
      'Something this version does not know: teleported',
    );
  });
});

describe('a storm', () => {
  it('is one line that counts', () => {
    const again: PageEvent = { type: 'folded', new_alerts: 0, repeats: 20, summary: '' };
    const lines = tell(opened, again, again, { type: 'folded', new_alerts: 499, repeats: 0, summary: '' });
    expect(lines).toHaveLength(2);
    expect(lines[1]!.words).toBe(
      '499 more alerts joined, and alerts fired again ×40; nobody is rung for that',
    );
  });
  it('says it apart when something happened in between', () => {
    const again: PageEvent = { type: 'folded', new_alerts: 0, repeats: 1, summary: '' };
    expect(tell(again, { type: 'released' }, again)).toHaveLength(3);
  });
});

describe('somebody is rung', () => {
  it('and each of their devices tells how far it came, in order, once', () => {
    const lines = tell(
      stepped(['ana']),
      receipt('ana', 'Laptop', 'sent'),
      receipt('ana', 'Desk', 'sent'),
      receipt('ana', 'Laptop', 'shown'),
      receipt('ana', 'Laptop', 'delivered'),
      receipt('ana', 'Laptop', 'shown'),
      receipt('ana', 'Laptop', 'seen'),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]!.words).toBe('Rang you (step 1)');
    expect(lines[0]!.rung[0]!.who).toBe('You');
    expect(lines[0]!.rung[0]!.tracks.map((t) => [t.name, t.marks.map((m) => m.words).join(' → ')])).toEqual([
      ['Laptop', 'sent → delivered → shown → seen'],
      ['Desk', 'sent'],
    ]);
  });
  it('and the phone is used, and fails, under the same ringing', () => {
    const channel = '0190a1b2-0000-7000-8000-000000000002';
    const lines = tell(
      stepped([], {
        raised: [{ person: 'ben', liveness: 'dead', channels: [{ channel, kind: 'ntfy', at: at(0) }] }],
      }),
      { type: 'channel_used', raise: raise('ben'), channel, kind: 'ntfy' },
      { type: 'channel_result', raise: raise('ben'), channel, error: 'ntfy.sh answered 403' },
    );
    expect(lines).toHaveLength(1);
    const [phone] = lines[0]!.rung[0]!.tracks;
    expect(phone!.name).toBe('phone (ntfy)');
    expect(phone!.marks.map((m) => m.words)).toEqual(['used']);
    expect(phone!.failed).toBe('failed: ntfy.sh answered 403');
  });
  it('and nobody waits for a person whose devices are dead', () => {
    const [line] = tell(
      stepped([], { step: 1, waited: false, raised: [{ person: 'ben', liveness: 'dead', channels: [] }] }),
    );
    expect(line!.words).toBe('Rang Ben Okafor (step 2)');
    expect(line!.more).toEqual(['Nobody waited for Ben Okafor: no device answered.']);
    expect(line!.tone).toBe('bad');
  });
  it('and a step that found nobody, or came late, says so', () => {
    const [line] = tell(stepped([], { step: 2, nobody: ['lead of payments'], late_ms: 135_000 }));
    expect(line!.words).toBe('Step 3 rang nobody');
    expect(line!.more).toEqual([
      'Nobody stands behind lead of payments at this time.',
      '2 min later than due.',
    ]);
  });
  it('and a receipt without its step is still told', () => {
    expect(one(receipt('ben', 'Tower', 'seen'))).toBe('Ben Okafor: Tower · seen');
    expect(one({ type: 'channel_used', raise: raise('ben'), channel: PAGE, kind: 'webhook' })).toBe(
      'Used webhook for Ben Okafor',
    );
    expect(one({ type: 'channel_result', raise: raise('ben'), channel: PAGE, error: null })).toContain(
      'reached',
    );
    expect(one({ type: 'channel_result', raise: raise('ben'), channel: PAGE, error: 'no route' })).toContain(
      'failed: no route',
    );
  });
});
