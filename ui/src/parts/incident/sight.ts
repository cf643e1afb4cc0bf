import type { Incident, IncidentCommand, Person } from '../../host/types';
import type { Option } from '../../kit/CheckList.svelte';

/** Who sees it besides those who always do; `null`: the whole team. */
export type Sight = string[] | null;

/** What has to be asked so that these people see it; `null`: they do already. */
export function sightCommand(incident: Incident, to: Sight, reason: string): IncidentCommand | null {
  const now = incident.people;
  if (to === null) return now ? { do: 'make_public', reason } : null;
  if (!now) return { do: 'make_private', people: to, reason };
  const add = to.filter((person) => !now.includes(person));
  const remove = now.filter((person) => person !== incident.declared_by && !to.includes(person));
  return add.length + remove.length > 0 ? { do: 'change_people', add, remove, reason } : null;
}

/** Everybody who can be named: the team, and whoever is named and has left it. */
export function candidates(
  team: readonly Person[],
  named: readonly string[],
  always: Record<string, string>,
): Option[] {
  const left = named.filter((id) => !team.some((p) => p.id === id)).map((id) => ({ id, name: id }));
  return [...team, ...left]
    .map(({ id, name }) => (always[id] ? { id, name, fixed: always[id] } : { id, name }))
    .sort((a, b) => Number('fixed' in b) - Number('fixed' in a) || a.name.localeCompare(b.name));
}
