import type { TrackerView } from '../host/types';
import { Kept } from './library.svelte';
import { live } from './live.svelte';

/** Where the team's tickets are made, as far as this computer knows: asked again whenever it may have changed. */
class Trackers {
  #kept = new Kept('trackers', {});

  get all(): readonly TrackerView[] {
    return this.#kept.value ?? [];
  }

  follow(): () => void {
    void this.#kept.load();
    return live.onChange((change) => {
      if (change.topic === 'state') void this.#kept.load();
    });
  }
}

export const trackers = new Trackers();
