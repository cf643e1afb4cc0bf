import type {
  Attachment,
  EntryView,
  IncidentRole,
  Moment,
  OpenToPublish,
  RecordId,
  RunFilled,
  StepView,
  StillOpen,
} from '../host/types';

/** What lies over the screen: one thing at a time. */
export type Overlay =
  | { kind: 'palette' }
  | { kind: 'keys' }
  | { kind: 'snooze'; page: string }
  | { kind: 'reassign'; page: string }
  | { kind: 'note'; page: string }
  | { kind: 'resolve'; page: string }
  | { kind: 'waiting' }
  | { kind: 'declare' }
  | { kind: 'export' }
  | { kind: 'postmortem_export'; incident: string }
  | { kind: 'postmortem_review'; incident: string }
  /** Its text for people outside. */
  | { kind: 'postmortem_public'; incident: string }
  /** What is still open, before it is published all the same. */
  | { kind: 'postmortem_publish'; incident: string; open: readonly OpenToPublish[]; publish: () => void }
  /** What was published of it, and what has changed since. */
  | { kind: 'postmortem_published'; incident: string }
  | { kind: 'new_runbook' }
  /** A command of a runbook; `into`: the incident that keeps the record, `run`: one that was started before. */
  | {
      kind: 'run';
      runbook: string;
      view: StepView;
      service?: string | null;
      into?: string | null;
      run?: string | null;
      /** What is known before anybody types. */
      filled?: RunFilled | null;
    }
  | { kind: 'versions'; runbook: string }
  | { kind: 'section_versions'; incident: string; section: string; title: string }
  | { kind: 'mitigate'; incident: string }
  | { kind: 'status'; incident: string }
  /** What is still open, before it is ended all the same. */
  | { kind: 'end'; incident: string; to: 'resolved' | 'closed'; open: readonly StillOpen[] }
  | { kind: 'severity'; incident: string }
  | { kind: 'false_alarm'; incident: string }
  | { kind: 'merge'; incident: string }
  | { kind: 'sight'; incident: string }
  | { kind: 'roles'; incident: string }
  | { kind: 'role'; incident: string; role: IncidentRole }
  | { kind: 'page_people'; incident: string }
  | { kind: 'author'; incident: string }
  /** `end`: the one that is not related after all. */
  | { kind: 'related'; incident: string; end?: string }
  | { kind: 'moment'; incident: string; moment: Moment }
  | { kind: 'correct'; incident: string; entry: EntryView }
  | { kind: 'update'; incident: string; corrects?: string }
  | { kind: 'attachment'; incident: string; attachments: readonly Attachment[]; at: number }
  | { kind: 'field'; record: RecordId; field: string };

class OverlayState {
  open = $state.raw<Overlay | null>(null);

  show(overlay: Overlay): void {
    this.open = overlay;
  }

  close(): void {
    this.open = null;
  }

  /** An incident is gone, and with it what was shown or asked of it. */
  closeOf(incident: string): void {
    const open = this.open;
    if (!open) return;
    const of = 'incident' in open ? open.incident : open.kind === 'field' ? open.record.id : null;
    if (of === incident) this.close();
  }
}

export const overlay = new OverlayState();
