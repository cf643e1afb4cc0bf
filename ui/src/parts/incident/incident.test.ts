import { describe, expect, it } from 'vitest';
import type { EntryView, Incident, IncidentEvent, Person, RoomHappened } from '../../host/types';
import { commandWords, eventWords } from './events';
import { happenedWords } from './happened';
import { linkLines, linksOf, parseLinks } from './links';
import { candidates, sightCommand } from './sight';
import {
  asBefore,
  correctedUpdates,
  dayHeadings,
  sharedMinutes,
  timelineLines,
  viewsAsBefore,
} from './timeline';
import { typedKind, typedReason } from './typed';

const view = (
  id: string,
  minute: number,
  more: { corrects?: string; corrected_by?: string | null } = {},
): EntryView => ({
  entry: {
    id,
    incident: 'i',
    kind: 'note',
    text: id,
    at: new Date(Date.UTC(2026, 10, 25, 2, minute)).toISOString(),
    corrects: more.corrects ?? null,
  },
  author: 'ana',
  pending: false,
  corrected_by: more.corrected_by ?? null,
});
const shape = (views: EntryView[]) =>
  timelineLines(views).map((l) =>
    l.is === 'entry' ? [l.key, l.view.entry.id, l.before.map((b) => b.entry.id)] : l.key,
  );

describe('the timeline', () => {
  it('puts a correction where the first version stood', () => {
    expect(
      shape([view('a', 1, { corrected_by: 'c' }), view('b', 2), view('c', 1, { corrects: 'a' })]),
    ).toEqual([
      ['a', 'c', ['a']],
      ['b', 'b', []],
    ]);
  });
  it('follows a chain of corrections and keeps the one that lost', () => {
    expect(
      shape([
        view('a', 1, { corrected_by: 'd' }),
        view('b', 1, { corrects: 'a', corrected_by: 'd' }),
        view('c', 1, { corrects: 'a', corrected_by: 'd' }),
        view('d', 1, { corrects: 'b' }),
      ]),
    ).toEqual([['a', 'd', ['b', 'a', 'c']]]);
  });
  it('shows an entry whose correction has not come yet, and survives a ring', () => {
    expect(shape([view('a', 1, { corrected_by: 'missing' })])).toEqual([['a', 'a', []]]);
    expect(shape([view('a', 1, { corrects: 'a' })])).toEqual([['a', 'a', []]]);
  });
  it('sorts decisions between what was written', () => {
    const lines = timelineLines(
      [view('a', 1), view('b', 5)],
      [{ at: '2026-11-25T02:08:00Z', event: { type: 'closed', by: 'ana' } }],
      [{ at: '2026-11-25T02:03:00Z', what: { is: 'decided', place: 0 }, pending: false }],
    );
    expect(lines.map((l) => l.key)).toEqual(['a', 'event-0', 'b']);
  });
  it('tells the second where two lines share a minute', () => {
    const lines = timelineLines([view('a', 1), view('b', 1), view('c', 2)]);
    expect([...sharedMinutes(lines)]).toEqual(['a', 'b']);
  });
  it('keeps the lines that an answer did not change, and only those', () => {
    const record = (pending: boolean): RoomHappened[] => [
      { at: '2026-11-25T02:03:00Z', what: { is: 'decided', place: 0 }, pending },
    ];
    const answer = () => structuredClone([view('a', 1), view('b', 5), { ...view('c', 6), pending: true }]);
    const first = answer();
    const drawn = timelineLines(first, [], record(true));
    const second = viewsAsBefore(
      [...answer().map((v) => ({ ...v, pending: false })), view('d', 5, { corrects: 'b' })].map((v) =>
        v.entry.id === 'b' ? { ...v, corrected_by: 'd' } : v,
      ),
      first,
    );
    const lines = asBefore(timelineLines(second, [], record(false)), drawn);
    expect(lines.map((line) => [line.key, drawn.includes(line)])).toEqual([
      ['a', true],
      ['event-0', false],
      ['b', false],
      ['c', false],
    ]);
    expect(lines).toEqual(timelineLines(second, [], record(false)));
    expect(
      asBefore(timelineLines(second, [], record(false)), lines).every((line, n) => line === lines[n]),
    ).toBe(true);
  });
  it('has a heading where another day begins, and none for today', () => {
    const at = (id: string, time: string): EntryView => {
      const one = view(id, 1);
      return { ...one, entry: { ...one.entry, at: time } };
    };
    const lines = timelineLines([
      at('a', '2026-11-23T22:59:00Z'),
      at('b', '2026-11-23T23:00:00Z'),
      at('c', '2026-11-24T22:00:00Z'),
      at('d', '2026-11-25T09:00:00Z'),
    ]);
    const headings = (zone: string, now: string) => [...dayHeadings(lines, Date.parse(now), zone)];
    expect(headings('Europe/Berlin', '2026-11-25T10:00:00Z')).toEqual([
      ['a', 'Mon 23 Nov'],
      ['b', 'Tue 24 Nov'],
      ['d', 'Wed 25 Nov'],
    ]);
    expect(headings('UTC', '2026-11-23T23:30:00Z').map(([key]) => key)).toEqual(['c', 'd']);
  });
  it('says who took a need and what a field said before', () => {
    const t = { person: (id: string) => id, when: String, incident: String, service: String };
    const said = (what: RoomHappened['what']) => happenedWords({ at: '', what, pending: false }, null, t);
    expect(said({ is: 'need', by: 'chi', entry: 'e', text: 'DB expert', state: 'taken' })).toEqual({
      words: 'chi took the need',
      more: [],
      quote: 'DB expert',
    });
    expect(said({ is: 'field', by: 'ana', field: 'impact', from: 'Some', to: 'All' })).toEqual({
      words: 'ana changed “Impact”',
      more: ['Before: Some'],
      quote: 'All',
    });
    const link = [{ href: 'https://x.example', text: 'X' }];
    expect(said({ is: 'field', by: 'ana', field: 'links', from: null, to: link }).quote).toBe(
      'X https://x.example',
    );
  });
});

describe('a typed kind', () => {
  it('is a kind with a colon and nothing else', () => {
    expect(typedKind('theory: the cache is cold')).toEqual({ kind: 'theory', text: 'the cache is cold' });
    expect(typedKind('Found:3 errors')).toEqual({ kind: 'found', text: '3 errors' });
    expect(typedKind('found 3 errors')).toBeNull();
    expect(typedKind('https://example.com')).toBeNull();
    expect(typedKind('note that: this')).toBeNull();
  });
  it('takes the reason of a decision', () => {
    expect(typedReason('roll back, because it is fastest')).toEqual({
      text: 'roll back',
      reason: 'it is fastest',
    });
    expect(typedReason('roll back')).toBeNull();
  });
});

describe('links', () => {
  it('are lines while they are edited', () => {
    const links = [
      { href: 'https://meet.example/1', text: 'Bridge' },
      { href: 'https://x.example', text: 'https://x.example' },
    ];
    expect(linkLines(links)).toBe('Bridge https://meet.example/1\nhttps://x.example');
    expect(parseLinks(linkLines(links))).toEqual({ links });
    expect(parseLinks('Bridge: https://meet.example/1')).toEqual({ links: [links[0]] });
    expect(parseLinks('\nthe bridge\n')).toEqual({ wrong: 'the bridge' });
  });
  it('never trust what another program wrote', () => {
    expect(linksOf('x')).toEqual([]);
    expect(linksOf([{ href: 1 }, null, { href: 'a', text: 'b' }])).toEqual([{ href: 'a', text: 'b' }]);
  });
});

describe('who can see it', () => {
  const seen = (people?: string[]) =>
    ({ declared_by: 'ana', ...(people && { people }) }) as unknown as Incident;

  it('asks for what has to change and for nothing else', () => {
    expect(sightCommand(seen(), ['ben'], 'why')).toEqual({
      do: 'make_private',
      people: ['ben'],
      reason: 'why',
    });
    expect(sightCommand(seen(['ana', 'ben']), null, 'why')).toEqual({ do: 'make_public', reason: 'why' });
    expect(sightCommand(seen(['ana', 'ben']), ['chi'], 'why')).toEqual({
      do: 'change_people',
      add: ['chi'],
      remove: ['ben'],
      reason: 'why',
    });
    expect(sightCommand(seen(), null, 'why')).toBeNull();
    expect(sightCommand(seen(['ana', 'ben']), ['ben'], 'why')).toBeNull();
  });
  it('lists those who always see it first, and those who have left the team, too', () => {
    const team = [
      { id: 'zoe', name: 'Zoe' },
      { id: 'ana', name: 'Ana Ruiz' },
      { id: 'ben', name: 'Ben' },
    ] as Person[];
    expect(candidates(team, ['left'], { zoe: 'declared it' })).toEqual([
      { id: 'zoe', name: 'Zoe', fixed: 'declared it' },
      { id: 'ana', name: 'Ana Ruiz' },
      { id: 'ben', name: 'Ben' },
      { id: 'left', name: 'left' },
    ]);
  });
  it('says each change with its reason', () => {
    const telling = {
      person: (id: string) => id,
      when: (at: string) => at,
      incident: (id: string) => id,
      service: (id: string) => id,
    };
    const said = (event: IncidentEvent) => eventWords(event, telling);
    expect(said({ type: 'made_private', by: 'ana', people: ['ana', 'ben'], reason: 'payroll' })).toEqual({
      words: 'ana made it private. Those who can see it: ana and ben',
      more: [],
      quote: 'payroll',
    });
    const people = ['ana'];
    expect(
      said({ type: 'people_changed', by: 'ana', people, added: [], removed: ['ben'], reason: 'x' }).words,
    ).toBe('ana changed who can see it: removed ben');
    expect(
      said({ type: 'people_changed', by: 'ana', people, added: ['chi'], removed: ['ben'], reason: 'x' })
        .words,
    ).toBe('ana changed who can see it: added chi; removed ben');
    expect(said({ type: 'made_public', by: 'ana', reason: 'x' }).words).toBe('ana let the whole team see it');
    expect(commandWords({ do: 'make_public', reason: 'x' }, (id) => id)).toBe('let the whole team see it');
  });
});

describe('updates in the timeline', () => {
  const sent = (id: string, texts: Record<string, string>, corrects?: string) => ({
    at: '2026-11-25T02:31:00Z',
    event: {
      type: 'update_sent',
      by: 'ana',
      update: { id, told: {}, texts, ...(corrects && { corrects }) },
    } as unknown as IncidentEvent,
  });
  const telling = {
    person: (id: string) => id,
    when: (at: string) => at,
    incident: (id: string) => id,
    service: (id: string) => id,
  };

  it('name their audiences in the order of the audiences, whatever order a record has', () => {
    const { event } = sent('a', { customers: 'C', internal: 'I', public: 'P' });
    expect(eventWords(event, telling)).toMatchObject({
      words: 'ana sent an update to public, customers and internal',
      quote: 'P',
    });
  });

  it('know which of them another one took the place of', () => {
    const history = [sent('a', { public: 'P' }), sent('b', { public: 'Q' }, 'a'), sent('c', { public: 'R' })];
    expect([...correctedUpdates(history)]).toEqual(['a']);
  });
});
