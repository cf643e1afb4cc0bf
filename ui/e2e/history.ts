import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { vi } from 'vitest';
import type { Commands } from '../src/host/types';
import { DIST, program } from './world';

/** Asks a core as its window does. */
export async function call<N extends keyof Commands>(
  window: string,
  name: N,
  args: Commands[N]['args'],
): Promise<Commands[N]['result']> {
  const response = await fetch(`${window}call/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`);
  return answer as Commands[N]['result'];
}

/** So many times, some at once: the core is asked while the last answer is read. */
async function times(n: number, one: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < n) await one(next++);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** A computer without a team that has lived: the real core, with a library of many incidents on the disk. */
export class Lived {
  #core: ChildProcess | null = null;
  #dir: string;
  window = '';
  /** The incident with the long timeline. */
  long = '';

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** The last of `incidents` has `entries`; every seventh is about a database. `over`: which have ended. */
  static async with(
    incidents: number,
    entries: number,
    over: (i: number) => boolean = (i) => i % 50 !== 49,
  ): Promise<Lived> {
    // Made in memory where that is possible, for every change is synced; lived in on the disk.
    const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    const made = new Lived(mkdtempSync(join(memory, 'firebell-lived-')));
    const lived = new Lived(mkdtempSync(join(tmpdir(), 'firebell-lived-')));
    try {
      await made.start();
      await made.opened();
      await call(made.window, 'alone_start', { name: 'Ana Ruiz' });
      await times(incidents - 1, (i) => made.#declare(i, over(i)));
      lived.long = await made.#declare(incidents - 1, false);
      await times(entries, (i) =>
        call(made.window, 'entry_add', {
          incident: lived.long,
          kind: (['checking', 'theory', 'found', 'action', 'note'] as const)[i % 5] ?? 'note',
          text: `Line ${i}: p99 of POST /orders is ${200 + (i % 900)} ms on host-${i % 40}, and the queue has ${i} messages`,
          reason: null,
          at: new Date(Date.now() - (entries - i) * 1_000).toISOString(),
          corrects: null,
        }),
      );
      await made.#end();
      cpSync(made.#dir, lived.#dir, { recursive: true });
    } finally {
      await made.stop();
    }
    await lived.start();
    await lived.opened();
    return lived;
  }

  async #declare(i: number, isOver: boolean): Promise<string> {
    const id = await call(this.window, 'incident_declare', {
      declaration: {
        title: `${i % 7 === 0 ? 'Database of orders' : 'Checkout'} does not answer, case ${i + 1}`,
        severity: (['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const)[i % 4] ?? 'SEV2',
        services: [],
        detection: null,
        detected_at: null,
        page: null,
      },
      people: null,
    });
    if (isOver)
      await call(this.window, 'incident_ask', {
        incident: id,
        command: { do: 'set_status', to: 'resolved' },
      });
    return id;
  }

  async start(): Promise<void> {
    const args = ['--data-dir', this.#dir, '--ui', DIST, '--profile', 'default'];
    const core = spawn(
      program('firebell-loopback'),
      [...args, '--keychain-file', join(this.#dir, 'keychain')],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#core = core;
    this.window = await new Promise((done, fail) => {
      core.once('exit', (code) => fail(new Error(`firebell-loopback ended with ${code}`)));
      createInterface({ input: core.stdout! }).once('line', (line) =>
        done(`${(JSON.parse(line) as { listen: string }).listen}/`),
      );
    });
  }

  /** Waits until the library is open. */
  async opened(): Promise<void> {
    const none = { open: null, statuses: [], severities: [], services: [], person: null };
    const filter = { ...none, declared_from: null, declared_until: null, text: '' };
    const counted = () => call(this.window, 'incidents_find', { filter, limit: 0, offset: 0 });
    await vi.waitUntil(
      () =>
        counted().then(
          () => true,
          () => false,
        ),
      { timeout: 120_000, interval: 100 },
    );
  }

  #end(): Promise<void> {
    const core = this.#core;
    this.#core = null;
    if (!core || core.exitCode !== null) return Promise.resolve();
    return new Promise((done) => {
      core.removeAllListeners('exit');
      core.once('exit', () => done());
      core.kill('SIGTERM');
    });
  }

  /** Ends the core and starts it again on what is on the disk. */
  async restart(): Promise<void> {
    await this.#end();
    await this.start();
    await this.opened();
  }

  /** What the core keeps of a form. */
  async typed(form: string): Promise<string> {
    return (await call(this.window, 'typed_all', {}))[form] ?? '';
  }

  /** Where the core puts files for the person. */
  get downloads(): string {
    return join(this.#dir, 'downloads');
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
