import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Change, Commands } from '../src/host/types';

type Answer<N extends keyof Commands> = Commands[N]['result'] | { code: string; words: string };
export type Answers = {
  [N in keyof Commands]?: (args: Commands[N]['args']) => Answer<N> | Promise<Answer<N>>;
};

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

/** The desktop's own policy for what its window may do, with the loopback in the place of Tauri's messages. */
function policy(): string {
  const conf = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../tauri.conf.json', import.meta.url)), 'utf8'),
  ) as { app: { security: { csp: string } } };
  return conf.app.security.csp.replace(/connect-src[^;]*/, "connect-src 'self'");
}

/** The built window on a core that says what it is told to say. */
export class Mock {
  answers: Answers = {};
  readonly asked: { name: string; args: unknown }[] = [];
  #server: Server;
  #listeners = new Set<ServerResponse>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Mock> {
    const csp = policy();
    const server = createServer();
    const mock = new Mock(server);
    server.on('request', (request, response) => {
      const path = new URL(request.url ?? '/', 'http://mock').pathname;
      if (path === '/changes') {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
        response.write(': here\n\n');
        mock.#listeners.add(response);
        request.on('close', () => mock.#listeners.delete(response));
        return;
      }
      if (path.startsWith('/call/')) {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => mock.#answer(path.slice('/call/'.length), body, response));
        return;
      }
      const file = join(DIST, normalize(path === '/' ? '/index.html' : path));
      if (!file.startsWith(DIST) || !existsSync(file)) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': csp,
      });
      createReadStream(file).pipe(response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return mock;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) listener.write(`data: ${JSON.stringify(change)}\n\n`);
  }

  stop(): void {
    for (const listener of this.#listeners) listener.end();
    this.#server.close();
  }

  async #answer(name: string, body: string, response: ServerResponse): Promise<void> {
    const args: unknown = JSON.parse(body);
    this.asked.push({ name, args });
    const answer = (this.answers as Record<string, ((args: unknown) => unknown) | undefined>)[name];
    const result = answer ? await answer(args) : null;
    const refused = typeof result === 'object' && result !== null && 'code' in result && 'words' in result;
    response.writeHead(refused ? 422 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(result ?? null));
  }
}
