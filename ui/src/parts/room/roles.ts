import type { Incident, IncidentRole } from '../../host/types';

/** Those with one holder, in their order. */
export const ROLES: readonly IncidentRole[] = [
  'commander',
  'technical_lead',
  'communications_lead',
  'scribe',
];

/** What somebody can do with a role now. */
export type RolePart = 'free' | 'mine' | 'offered_by_me' | 'confirmed_to_me' | 'offered_to_me' | 'others';

/** Where a role stands for `me`; the rules themselves are the core's. */
export function partOf(incident: Incident, role: IncidentRole, me: string | null): RolePart {
  const holder = incident.roles?.[role];
  const offer = incident.offers?.[role];
  if (!holder) return 'free';
  if (holder.person === me) {
    if (!offer) return 'mine';
    return offer.status === null ? 'offered_by_me' : 'confirmed_to_me';
  }
  return offer?.to === me && offer.status === null ? 'offered_to_me' : 'others';
}
