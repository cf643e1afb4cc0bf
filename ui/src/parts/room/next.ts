import type { NextStep, Room } from '../../host/types';
import { words } from '../../words/en';
import { room as w } from '../../words/room';

type Telling = { person: (id: string) => string; when: (instant: string) => string };

/** What comes next, in words. */
export function stepWords(step: NextStep, room: Room, t: Telling): string {
  const s = w.next.steps;
  const role = (id: keyof typeof words.incident.roles) => words.incident.roles[id].toLowerCase();
  switch (step.do) {
    case 'confirm_role':
      return s.confirm_role(role(step.role), t.person(step.from));
    case 'release_role':
      return s.release_role(role(step.role), t.person(step.to));
    case 'send_update': {
      if (step.first && !step.missed) return s.first_update;
      const due = t.when(step.due_at);
      return step.missed ? s.update_missed(due) : s.update_due(due);
    }
    case 'fill_role':
    case 'hand_over':
      return s[step.do](role(step.role));
    case 'meet_need':
      return s.meet_need(room.needs.find((n) => n.entry === step.entry)?.text ?? '');
    case 'tick': {
      const list = room.checklists.find((c) => c.phase === step.phase);
      return s.tick(list?.items.find((i) => i.item.id === step.item)?.item.text ?? step.item);
    }
    default:
      return s[step.do];
  }
}
