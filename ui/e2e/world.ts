import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Where the programs are: `cargo build -p firebell-server -p firebell-client` puts them there. */
const BIN = process.env['FIREBELL_BIN_DIR'] ?? fileURLToPath(new URL('../../target/debug', import.meta.url));
export const DIST = fileURLToPath(new URL('../dist', import.meta.url));

const TEAM = `
team: { name: Acme, time_zone: Europe/Berlin }
people:
  - { id: ana, name: Ana Ruiz, email: ana@example.com, time_zone: Europe/Madrid, role: admin }
  - { id: ben, name: Ben Okafor, email: ben@example.com }
  - { id: chi, name: Chi Tran, email: chi@example.com }
  - { id: eve, name: Eve Lindqvist, email: eve@example.com, role: stakeholder }
schedules:
  - id: primary
    name: Primary
    time_zone: Europe/Berlin
    layers:
      - people: [ana]
        turn: { every: 1, unit: week, hand_off: "Mon 10:00", start: "2026-01-05" }
policies:
  - id: default
    steps:
      - { after: 0s, notify: [{ schedule: primary }] }
      - { after: 10m, notify: [{ person: ben }] }
services:
  - { id: search, name: Search, policy: default }
  - { id: payments-api, name: Payments API, policy: default, runbook: "https://runbooks.example/payments" }
`;

export function program(name: string): string {
  const path = join(BIN, name);
  if (!existsSync(path)) {
    throw new Error(`${path} is not there: run "cargo build -p firebell-server -p firebell-client" first.`);
  }
  return path;
}

/** A program that says in its first line of JSON where it listens. */
class Listening {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static start(name: string, args: string[]): Promise<Listening> {
    const child = spawn(program(name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return new Promise((done, fail) => {
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`${name} ended with ${code}: ${said}`)));
      createInterface({ input: child.stdout! }).once('line', (line) => {
        const { listen } = JSON.parse(line) as { listen: string };
        done(new Listening(listen, child));
      });
    });
  }

  /** `SIGKILL`: without a chance to write anything down. */
  stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve();
    return new Promise((done) => {
      this.child.removeAllListeners('exit');
      this.child.once('exit', () => done());
      this.child.kill(signal);
    });
  }
}

/** The real core of one computer. */
export class Desktop {
  private constructor(private readonly core: Listening) {}

  static async start(dir: string, link?: string): Promise<Desktop> {
    const args = ['--data-dir', dir, '--ui', DIST, '--profile', 'default'];
    args.push('--keychain-file', `${dir}-keychain`);
    return new Desktop(await Listening.start('firebell-loopback', link ? [...args, '--link', link] : args));
  }

  /** Its window. */
  get window(): string {
    return `${this.core.url}/`;
  }
  stop(): Promise<void> {
    return this.core.stop();
  }
  /** As a computer that loses its power. */
  kill(): Promise<void> {
    return this.core.stop('SIGKILL');
  }
}

/** The real server and the real cores of some desktops, in a folder that goes away with them. */
export class World {
  readonly #dir = mkdtempSync(join(tmpdir(), 'firebell-world-'));
  #server: Listening | null = null;
  #desktops = new Map<string, Desktop>();
  #integration = '';

  /** A server with its team, and one desktop without a team. */
  static async start(): Promise<World> {
    const world = await World.server();
    await world.desktop('desktop');
    return world;
  }

  /** A server with its team. */
  static async server(): Promise<World> {
    const world = new World();
    world.cli('init', '--team', 'Acme', '--admin', 'ana@example.com', '--time-zone', 'Europe/Berlin');
    const team = join(world.#dir, 'team.yaml');
    writeFileSync(team, TEAM);
    world.cli('apply', team);
    await world.startServer('127.0.0.1:0');
    const added = world.cli('integration', 'add', 'generic', '--service', 'payments-api');
    const found = /https?:\/\/\S+\/in\/\S+\/generic/.exec(added);
    if (!found) throw new Error(`No address in: ${added}`);
    world.#integration = new URL(found[0]).pathname;
    return world;
  }

  /** One more desktop: of a person of the team, or of nobody yet. */
  async desktop(name: string, email?: string): Promise<Desktop> {
    const desktop = await Desktop.start(join(this.#dir, name), email && this.invite(email));
    this.#desktops.set(name, desktop);
    return desktop;
  }

  /** The window of the first desktop. */
  get window(): string {
    return [...this.#desktops.values()][0]?.window ?? '';
  }
  get server(): string {
    return this.#server?.url ?? '';
  }

  cli(...args: string[]): string {
    const run = spawnSync(program('firebell-server'), ['--data-dir', join(this.#dir, 'server'), ...args], {
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(`firebell-server ${args.join(' ')}: ${run.stderr}`);
    return run.stdout;
  }

  invite(email: string): string {
    const link = /firebell:\/\/join\?\S+/.exec(this.cli('invite', email));
    if (!link) throw new Error('The invite holds no link.');
    return link[0];
  }

  async startServer(listen: string): Promise<void> {
    this.#server = await Listening.start('firebell-server', [
      '--data-dir',
      join(this.#dir, 'server'),
      'serve',
      '--listen',
      listen,
    ]);
  }
  /** Ends the server; gives back how to start it again at the same address. */
  async stopServer(): Promise<() => Promise<void>> {
    const listen = new URL(this.server).host;
    await this.#server?.stop();
    return () => this.startServer(listen);
  }

  /** Says something in the words of a monitoring system. */
  async alert(more: Record<string, unknown>): Promise<void> {
    const response = await fetch(this.server + this.#integration, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ severity: 'critical', source: 'probe', ...more }),
    });
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#desktops.values()].map((d) => d.stop()));
    await this.#server?.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
