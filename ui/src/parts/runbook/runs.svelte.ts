import type { RunState } from '../../host/types';
import { live } from '../../live/live.svelte';

/** A command that prints tells of itself ten times a second; whether it runs is asked no more often than this. */
const PAUSE_MS = 1_000;

/** What runs on this computer now, for those who have closed its sheet. */
export class LiveRuns {
  running = $state.raw<RunState[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  follow(): () => void {
    void this.#load();
    const stop = live.onChange((change) => {
      if (change.topic !== 'run' && change.topic !== 'found') return;
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        void this.#load();
      }, PAUSE_MS);
    });
    return () => {
      clearTimeout(this.#timer);
      stop();
    };
  }

  async #load(): Promise<void> {
    try {
      const all = await live.call('runs', {});
      this.running = (all ?? []).filter((run) => run.record.outcome === 'running');
    } catch {
      // The core is away: what it says next time counts.
    }
  }
}
