import type { ConnectionState } from '../bindings/ConnectionState';
import { many } from './count';

/** Whether the team server is there, and what it means for being paged. */

export const connection = {
  states: {
    connected: 'Connected',
    connecting: 'Connecting',
    offline: 'Offline',
  } satisfies Record<ConnectionState, string>,
  connected: (server: string) => `Connected to ${server}`,
  connecting: (server: string) => `Connecting to ${server}`,
  offline: (since: string) => `Working offline since ${since}`,
  noServer: 'the server',
  queued: (n: number) => `${many(n, 'request')} not yet known to the team`,
  lost: 'The window has lost the Firebell program. Paging goes on without it; it tries again.',
  retry: 'Try now',
  profile: (name: string) => `Profile ${name}`,
};

export const stage = {
  cannotPage: 'You cannot be paged on this computer yet',
  retry: 'Try again',
  retrying: 'Trying',
};

export const alarm = {
  title: 'You are on call and cannot be reached on this computer',
  words: (since: string) => `No connection since ${since}. A page would not ring here until it is back.`,
  quiet: 'Stop the sound',
  quietWhy: 'Stops this alarm. It does not bring the connection back.',
};
