import type { EntryKind, EntryView } from '../../host/types';
import type { Line } from './timeline';

/** What of the timeline is shown. */
export type What = 'all' | EntryKind | 'decided' | 'pinned' | 'attached';
export type Filter = { what: What; find: string };

export const EVERYTHING: Filter = { what: 'all', find: '' };
export const isOn = (filter: Filter): boolean => filter.what !== 'all' || filter.find.trim() !== '';

const versions = (line: Line & { is: 'entry' }): EntryView[] => [line.view, ...line.before];
const saidIn = (view: EntryView): string =>
  [view.entry.text, view.entry.reason ?? '', ...(view.entry.attachments ?? []).map((a) => a.name)].join('\n');

/** A pin belongs to the entry with all its corrections. */
export const isPinned = (line: Line, pins: ReadonlySet<string>): boolean =>
  line.is === 'entry' && versions(line).some((v) => pins.has(v.entry.id));

/**
 * The lines that a filter lets through, in their order. Words are found in any order and whatever their case, in what
 * stands now; `told` says the words of what was decided.
 */
export function filtered(
  lines: readonly Line[],
  filter: Filter,
  pins: ReadonlySet<string>,
  told: (line: Line & { is: 'event' }) => string,
  author: (id: string) => string,
): Line[] {
  const wanted = filter.find.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = (line: Line): boolean => {
    switch (filter.what) {
      case 'all':
        return true;
      case 'decided':
        return line.is === 'event'
          ? line.happened.what.is === 'decided'
          : line.view.entry.kind === 'decision';
      case 'pinned':
        return isPinned(line, pins);
      case 'attached':
        return line.is === 'entry' && (line.view.entry.attachments?.length ?? 0) > 0;
      default:
        return line.is === 'entry' && line.view.entry.kind === filter.what;
    }
  };
  return lines.filter((line) => {
    if (!kept(line)) return false;
    if (wanted.length === 0) return true;
    const said = (
      line.is === 'event' ? told(line) : `${saidIn(line.view)}\n${author(line.view.author)}`
    ).toLowerCase();
    return wanted.every((word) => said.includes(word));
  });
}
