import { followedIncident } from '../../live/library.svelte';
import { overlay } from '../../live/overlay.svelte';

/** Resolves or closes an incident: at once when the core finds nothing open, else whoever does it is told what is. */
export async function endIncident(
  incident: string,
  to: 'resolved' | 'closed',
  of = followedIncident(incident),
): Promise<void> {
  const open = await of.end(to, false);
  if (open.length > 0) overlay.show({ kind: 'end', incident, to, open });
}
