import type { Incident } from '../../host/types';
import { ms } from '../time/time';

/** When it began, as far as anybody knows. */
export function beganAt(incident: Incident): number {
  const m = incident.moments;
  const first = m.impact_started_at ?? m.detected_at ?? m.declared_at ?? incident.updated_at;
  return ms(first);
}

export function endedAt(incident: Incident): number | null {
  const over = incident.status !== 'investigating' && incident.status !== 'identified';
  if (!over || incident.status === 'monitoring') return null;
  return ms(incident.moments.resolved_at ?? incident.updated_at);
}
