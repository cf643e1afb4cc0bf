/**
 * A page's history in words. Receipts and channel results are told under the ringing they belong to, so that
 * the story stays readable however many devices a person has; repeated signals are counted, not listed.
 */
import type { PageEvent, RaiseId, ReceiptState, Recorded } from '../../host/types';
import { words } from '../../words/en';
import { clock, moment, ms, span } from '../time/time';

const w = words.history;

/** `attention`: somebody is rung or it got worse; `good`: somebody has it, or it is over; `bad`: a gap. */
export type Tone = 'plain' | 'quiet' | 'attention' | 'good' | 'bad';

export type Mark = { words: string; at: number };

/** One device or channel of one person: what it confirmed, in order. */
export type Track = { name: string; marks: Mark[]; failed: string | null };

export type Rung = { who: string; reach: string; reachable: boolean; tracks: Track[] };

export type Line = {
  key: string;
  at: number;
  tone: Tone;
  words: string;
  /** Further whole sentences. */
  more: string[];
  /** Somebody's own words. */
  quote: string | null;
  rung: Rung[];
};

export type Telling = {
  now: number;
  zone: string;
  /** `you` for the person at this computer. */
  person: (id: string) => string;
  service: (id: string) => string;
};

type Of<T extends PageEvent['type']> = Extract<PageEvent, { type: T }>;

const ORDER: ReceiptState[] = ['sent', 'delivered', 'shown', 'seen'];
const raiseKey = (r: RaiseId) => `${r.round}/${r.step}/${r.person}`;

export function historyLines(history: readonly Recorded[], telling: Telling): Line[] {
  const lines: Line[] = [];
  const rungs = new Map<string, { rung: Rung; tracks: Map<string, Track> }>();
  /** The line that counts repeated signals, while nothing else happens in between. */
  let folding: { line: Line; joined: number; again: number } | null = null;
  const say = (at: number, tone: Tone, said: string, more: string[] = []): Line => {
    const line: Line = { key: `${lines.length}`, at, tone, words: said, more, quote: null, rung: [] };
    lines.push(line);
    return line;
  };
  const when = (instant: string) => moment(ms(instant), telling.now, telling.zone);

  history.forEach(({ at: instant, event }) => {
    const at = ms(instant);
    const known = 'raise' in event ? rungs.get(raiseKey(event.raise)) : undefined;
    if (event.type === 'receipt' && known) return confirm(known, event, at);
    if (event.type === 'channel_used' && known) {
      track(known, event.channel, w.channel[event.kind]).marks.push({ words: w.channelUsed, at });
      return;
    }
    if (event.type === 'channel_result' && known) {
      const one = track(known, event.channel, w.channel.webhook);
      if (event.error === null) one.marks.push({ words: w.channelDelivered, at });
      else one.failed = w.channelFailed(event.error);
      return;
    }
    if (event.type === 'folded') {
      folding ??= { line: say(at, 'quiet', ''), joined: 0, again: 0 };
      folding.joined += event.new_alerts;
      folding.again += event.repeats;
      folding.line.words = foldedWords(folding.joined, folding.again);
      folding.line.at = at;
      return;
    }
    folding = null;
    if (event.type === 'stepped') {
      const line = say(at, ...steppedWords(event, telling));
      for (const raised of event.raised) {
        const rung: Rung = {
          who: words.start(telling.person(raised.person)),
          reach: w.liveness[raised.liveness],
          reachable: raised.liveness === 'alive',
          tracks: [],
        };
        line.rung.push(rung);
        const entry = { rung, tracks: new Map<string, Track>() };
        rungs.set(raiseKey({ page: '', round: event.round, step: event.step, person: raised.person }), entry);
        for (const use of raised.channels) track(entry, use.channel, w.channel[use.kind]);
      }
      return;
    }
    tell(event, at, say, when, telling);
  });
  return lines;
}

function track(to: { rung: Rung; tracks: Map<string, Track> }, id: string, name: string): Track {
  let found = to.tracks.get(id);
  if (!found) {
    found = { name, marks: [], failed: null };
    to.tracks.set(id, found);
    to.rung.tracks.push(found);
  }
  return found;
}

/** Receipts can arrive out of order; they are told in the order in which they happen. */
function confirm(to: { rung: Rung; tracks: Map<string, Track> }, event: Of<'receipt'>, at: number): void {
  const marks = track(to, event.device, event.device_name).marks;
  if (marks.some((m) => m.words === w.receipts[event.state])) return;
  marks.push({ words: w.receipts[event.state], at });
  const place = (m: Mark) => ORDER.findIndex((s) => w.receipts[s] === m.words);
  marks.sort((a, b) => place(a) - place(b));
}

function foldedWords(joined: number, again: number): string {
  if (joined > 0 && again > 0) return w.joinedAndRepeated(joined, again);
  return joined > 0 ? w.joined(joined) : w.repeated(again);
}

function steppedWords(event: Of<'stepped'>, telling: Telling): [Tone, string, string[]] {
  const who = event.raised.map((r) => telling.person(r.person));
  const more = event.nobody.map(w.nobody);
  if (!event.waited && who.length > 0) more.push(w.notWaited(who));
  if (event.late_ms >= 1_000) more.push(w.late(span(event.late_ms)));
  const said = who.length > 0 ? w.rang(who, event.step + 1) : w.rangNobody(event.step + 1);
  return [who.length === 0 || !event.waited ? 'bad' : 'attention', said, more];
}

/** The events that are a line of their own. */
function tell(
  event: PageEvent,
  at: number,
  say: (at: number, tone: Tone, said: string, more?: string[]) => Line,
  when: (instant: string) => string,
  telling: Telling,
): void {
  const { person } = telling;
  switch (event.type) {
    case 'opened': {
      const earlier = at - ms(event.started_at) >= 60_000 ? [w.startedEarlier(when(event.started_at))] : [];
      const service = telling.service(event.service);
      say(at, 'attention', w.opened(event.number, service, event.severity, event.alerts), earlier);
      return;
    }
    case 'deferred':
      say(
        at,
        'plain',
        (event.why.kind === 'silence' ? w.deferredSilence : w.deferredHours)(when(event.until)),
      );
      return;
    case 'released':
      say(at, 'plain', w.released);
      return;
    case 'alerts_ended':
      say(at, event.firing === 0 ? 'good' : 'quiet', w.alertsEnded(event.ended, event.firing));
      return;
    case 'severity_raised':
      say(at, 'attention', w.severityRaised(event.from, event.to));
      return;
    case 'round_started': {
      const more = event.first ? [w.first(person(event.first))] : [];
      const tone = event.why === 'opened' ? 'quiet' : event.why === 'exhausted' ? 'bad' : 'attention';
      say(at, tone, w.round[event.why](event.turn), more);
      return;
    }
    case 'receipt':
      say(
        at,
        'quiet',
        w.receiptAlone(person(event.raise.person), event.device_name, w.receipts[event.state]),
      );
      return;
    case 'channel_used':
      say(at, 'quiet', w.channelUsedAlone(w.channel[event.kind], person(event.raise.person)));
      return;
    case 'channel_result':
      if (event.error === null) say(at, 'quiet', w.channelDeliveredAlone(person(event.raise.person)));
      else say(at, 'bad', w.channelFailedAlone(person(event.raise.person), event.error));
      return;
    case 'acknowledged':
      say(at, 'good', acknowledgedWords(event, person), acknowledgedMore(event, at, when, telling));
      return;
    case 'escalated':
      say(at, 'attention', w.escalated(person(event.by)));
      return;
    case 'reassigned':
      say(at, 'attention', w.reassigned(person(event.by), person(event.to)));
      return;
    case 'snoozed':
      say(at, 'plain', w.snoozed(person(event.by), when(event.until)));
      return;
    case 'noted':
      say(at, 'plain', w.noted(person(event.by))).quote = event.text;
      return;
    case 'resolved':
      say(at, 'good', resolvedWords(event, person));
      return;
    default:
      // An event of a newer server: shown, never hidden.
      say(at, 'quiet', w.unknown((event as { type: string }).type));
  }
}

function acknowledgedWords(event: Of<'acknowledged'>, person: (id: string) => string): string {
  if (event.by.kind === 'person') return w.acknowledged(person(event.by.person), event.via);
  return event.by.kind === 'monitoring' ? w.acknowledgedMonitoring : w.acknowledgedServer;
}

function acknowledgedMore(
  event: Of<'acknowledged'>,
  at: number,
  when: (instant: string) => string,
  telling: Telling,
): string[] {
  const more: string[] = [];
  // Less is a slow network, not somebody who was offline.
  if (event.claimed_at !== null && at - ms(event.claimed_at) >= 10_000) {
    more.push(w.claimed(clock(ms(event.claimed_at), telling.zone)));
  }
  if (event.until !== null) more.push(w.comesBack(when(event.until)));
  return more;
}

function resolvedWords(event: Of<'resolved'>, person: (id: string) => string): string {
  if (event.by.kind === 'person') return w.resolved(person(event.by.person));
  return event.by.kind === 'monitoring' ? w.resolvedMonitoring : w.resolvedServer;
}
