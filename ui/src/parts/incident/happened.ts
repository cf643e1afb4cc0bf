import type { RecordedIncident, RoomHappened } from '../../host/types';
import { words } from '../../words/en';
import { eventWords, type EventWords, type Telling } from './events';
import { linkLines, linksOf } from './links';

const w = words.happened;

/** A value of a field as it is read. */
const text = (field: string, value: unknown): string =>
  field === 'links' ? linkLines(linksOf(value)) : typeof value === 'string' ? value : '';

/** What a line of the timeline that nobody typed says. */
export function happenedWords(
  happened: RoomHappened,
  recorded: RecordedIncident | null,
  t: Telling,
): EventWords {
  const what = happened.what;
  switch (what.is) {
    case 'decided':
      return recorded
        ? eventWords(recorded.event, t)
        : { words: words.timeline.events.unknown, more: [], quote: '' };
    case 'need':
      return { words: w.need[what.state](t.person(what.by)), more: [], quote: what.text };
    case 'author':
      return {
        words:
          what.person === null
            ? w.noAuthor(t.person(what.by))
            : w.author(t.person(what.by), t.person(what.person)),
        more: [],
        quote: '',
      };
    case 'field': {
      const [from, to] = [text(what.field, what.from), text(what.field, what.to)];
      const name = words.field.names[what.field] ?? what.field;
      const said = to === '' ? w.cleared : from === '' ? w.wrote : w.field;
      return { words: said(t.person(what.by), name), more: from === '' ? [] : [w.was(from)], quote: to };
    }
  }
}
