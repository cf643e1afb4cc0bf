import { SvelteMap } from 'svelte/reactivity';
import { library } from './library.svelte';
import { live } from './live.svelte';

/** How long a discarded draft can be had back, in milliseconds. A window that closes before keeps it. */
export const UNDO_MS = 10_000;

class Discards {
  #timers = new SvelteMap<number, ReturnType<typeof setTimeout>>();

  has(id: number): boolean {
    return this.#timers.has(id);
  }
  add(id: number): void {
    const timer = setTimeout(() => void this.#discard(id), UNDO_MS);
    this.#timers.set(id, timer);
  }
  undo(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }
  async #discard(id: number): Promise<void> {
    await live.call('draft_discard', { id }).catch(() => {});
    await library.loadDrafts();
    this.#timers.delete(id);
  }
}

export const discards = new Discards();
