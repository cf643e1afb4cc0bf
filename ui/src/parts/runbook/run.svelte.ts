import { CallError } from '../../host';
import type { RunLine, RunState } from '../../host/types';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';

/** A command that runs on this computer, followed: only lines that are new are asked for. */
export class LiveRun {
  state = $state.raw<RunState | null>(null);
  lines = $state.raw<RunLine[]>([]);
  error = $state<string | null>(null);
  #asking = false;
  #again = false;

  constructor(readonly id: string) {}

  get running(): boolean {
    return this.state === null || this.state.record.outcome === 'running';
  }

  follow(): () => void {
    void this.#load();
    return live.onChange((change) => {
      if ((change.topic === 'run' && change.run === this.id) || change.topic === 'found') void this.#load();
    });
  }

  async stop(): Promise<void> {
    try {
      await live.call('run_stop', { run: this.id });
    } catch (thrown) {
      this.error = CallError.from(thrown, words.errors.coreLost).words;
    }
    await this.#load();
  }

  async #load(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    do {
      this.#again = false;
      try {
        const after = (this.lines.at(-1)?.number ?? -1) + 1;
        const told = await live.call('run', { run: this.id, after });
        if (told.lines.length > 0) {
          this.lines = [...this.lines, ...told.lines];
          // There may be more than one answer holds.
          this.#again = true;
        }
        this.state = told;
        this.error = null;
      } catch (thrown) {
        this.error = CallError.from(thrown, words.errors.coreLost).words;
      }
    } while (this.#again);
    this.#asking = false;
  }
}
