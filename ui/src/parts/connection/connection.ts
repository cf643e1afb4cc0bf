import type { WindowState } from '../../host/types';
import { words } from '../../words/en';
import { moment, ms } from '../time/time';

/** The state of the connection in one sentence. */
export function connectionWords(state: WindowState, now: number, zone: string): string {
  const w = words.connection;
  const c = state.connection;
  const server = c.server ?? w.noServer;
  if (c.state === 'connected') return w.connected(server);
  if (c.state === 'connecting') return w.connecting(server);
  const since = w.offline(moment(ms(c.since), now, zone));
  return c.words ? `${since}: ${c.words}` : since;
}
