import type { RelatedWhy } from '../bindings/RelatedWhy';

/** Incidents that have to do with each other. */
export const related = {
  title: 'Related incidents',
  none: 'None yet.',
  open: 'Related incidents: open one, or relate another',
  add: 'Relate',
  group: 'Related',
  suggested: 'Suggested',
  others: 'Other open incidents',
  search: 'Number or words',
  empty: 'No incident is called so.',
  why: {
    same_service: (service: string) => `same service: ${service}`,
    neighbour: (service: string) => `a neighbour: ${service}`,
  } satisfies Record<RelatedWhy, unknown>,
  reason: 'What have they to do with each other?',
  reasonHint: 'It stands in the timelines of both.',
  reasonEmpty: 'Say what they have to do with each other.',
  relate: (which: string) => `Relate to ${which}`,
  go: 'Relate them',
  end: 'Not related',
  endOf: (which: string) => `Not related to ${which}`,
  endReason: 'Why are they not related?',
  endGo: 'End it',
  cancel: 'Leave it',
  unknown: 'an incident that is not on this computer',
};
