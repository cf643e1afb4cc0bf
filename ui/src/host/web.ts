import { words } from '../words/en';
import { CallError, type Args, type Host, type Name, type Result } from '.';
import type { Change } from './types';

/** The same core behind HTTP on this computer: `POST /call/{name}` and `GET /changes`. For browser tests. */
export function webHost(base = ''): Host {
  return {
    async call<N extends Name>(name: N, args: Args<N>): Promise<Result<N>> {
      let response: Response;
      try {
        response = await fetch(`${base}/call/${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(args),
        });
      } catch {
        throw new CallError('lost', words.errors.coreLost);
      }
      const body: unknown = await response.json().catch(() => null);
      if (!response.ok) throw CallError.from(body, words.errors.coreAnswered(response.status));
      return body as Result<N>;
    },
    onChange(listener) {
      const source = new EventSource(`${base}/changes`);
      source.onmessage = (event: MessageEvent<string>) => {
        const change = JSON.parse(event.data) as Change;
        listener(change);
      };
      source.onopen = () => listener({ topic: 'found' });
      source.onerror = () => listener({ topic: 'lost' });
    },
    onPagerFocused() {
      // A browser says so itself, by the window's own focus event.
    },
  };
}
