import { many } from './count';

/** The pager window. */

export const pager = {
  title: 'Pager',
  ringingFor: (span: string) => `ringing ${span}`,
  test: 'This is a test',
  testWords:
    'A page would stand here and ring until somebody acknowledges it. Close this window when you have seen enough.',
  noneRinging: 'Nothing rings for you.',
  noneRingingMore: (n: number) => (n === 0 ? 'No page is open.' : `${many(n, 'page')} open in the team.`),
  count: (n: number, of: number) => `${n} of ${of} ringing`,
  more: (n: number) => `${n} more ${n === 1 ? 'rings' : 'ring'}`,
  previous: 'Previous page',
  next: 'Next page',
  notYet: 'Not yet: keys count after a moment',
  repeatIgnored: 'A held key does nothing here: press it once',
  clickFirst: 'Click this window to use keys',
  youHaveIt: 'You have it',
  youHaveItWords: 'The ringing has stopped for everybody.',
  pendingIt: 'Acknowledged on this computer',
  pendingItWords: 'Not yet known to the team: it goes on ringing for others until there is a connection.',
  runbook: 'Runbook',
  paged: 'Paged',
  nextWho: 'Next',
  details: 'Details',
  also: 'also',
};
