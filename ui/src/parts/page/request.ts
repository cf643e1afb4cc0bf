import type { PageRequest } from '../../host/types';
import { moment, ms } from '../time/time';
import { words } from '../../words/en';

/** What was asked, for lists and questions. */
export function requestWords(
  request: PageRequest,
  telling: { person: (id: string) => string; now: number; zone: string },
): string {
  const w = words.requests;
  switch (request.do) {
    case 'acknowledge':
      return w.acknowledge;
    case 'escalate':
      return w.escalate;
    case 'reassign':
      return w.reassign(telling.person(request.to));
    case 'snooze':
      return w.snooze(moment(ms(request.until), telling.now, telling.zone));
    case 'resolve':
      return w.resolve;
    case 'note':
      return w.noteText(request.text);
  }
}
