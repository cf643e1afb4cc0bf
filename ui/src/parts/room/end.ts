import { followedIncident } from '../../live/library.svelte';
import { overlay } from '../../live/overlay.svelte';

/** Resolves or closes an incident: at once when nothing is open, else whoever does it is told what is. */
export function endIncident(incident: string, to: 'resolved' | 'closed'): void {
  const followed = followedIncident(incident);
  const open = followed.detail?.room.still_open ?? [];
  if (open.length > 0) overlay.show({ kind: 'end', incident, to });
  else void followed.ask({ do: 'set_status', to });
}
