import { CallError } from '../host';
import type { Settings } from '../host/types';
import { words } from '../words/en';
import { live } from './live.svelte';

/** The settings of this computer: changed on the screen at once, saved right after, the last change wins. */
export class Saving {
  value = $state<Settings | null>(null);
  said = $state('');
  error = $state<string | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What the core says, as long as nothing is being changed here. */
  get settings(): Settings | null {
    return this.value ?? live.state?.settings ?? null;
  }

  change(part: Partial<Settings>): void {
    const now = this.settings;
    if (!now) return;
    this.value = { ...now, ...part };
    this.said = words.settings.saving;
    clearTimeout(this.#timer);
    // A slider speaks many times a second.
    this.#timer = setTimeout(() => void this.#save(), 200);
  }

  async #save(): Promise<void> {
    const value = this.value;
    if (!value) return;
    try {
      await live.call('settings_set', { settings: $state.snapshot(value) });
      await live.refresh();
      this.error = null;
      this.said = words.settings.saved;
      if (this.value === value) this.value = null;
    } catch (error) {
      this.error = CallError.from(error, words.errors.coreLost).words;
      this.said = words.settings.notSaved;
    }
  }
}
