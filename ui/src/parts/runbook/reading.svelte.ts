import { CallError } from '../../host';
import type { RunbookRead } from '../../host/types';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';

/** While somebody types, the text is read again no more often, in milliseconds. */
const PAUSE_MS = 200;

/** A runbook's text as the core reads it, kept up to date while it is looked at. */
export class LiveReading {
  value = $state.raw<RunbookRead | null>(null);
  error = $state<string | null>(null);
  #asking: Promise<void> | null = null;
  #again = false;

  constructor(readonly id: string) {}

  load = (): Promise<void> => {
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = (async () => {
      do {
        this.#again = false;
        try {
          this.value = await live.call('runbook_steps', { runbook: this.id });
          this.error = null;
        } catch (thrown) {
          this.error = CallError.from(thrown, words.errors.coreLost).words;
        }
        if (this.#again) await new Promise((done) => setTimeout(done, PAUSE_MS));
      } while (this.#again);
      this.#asking = null;
    })();
    return this.#asking;
  };

  follow(): () => void {
    void this.load();
    const document = `runbook/${this.id}#body`;
    return live.onChange((change) => {
      const mine =
        (change.topic === 'document' && change.document === document) ||
        (change.topic === 'runbook' && change.runbook === this.id);
      // What the team allows, and what it wants of a runbook, comes with its state.
      if (mine || ['state', 'library', 'found'].includes(change.topic)) void this.load();
    });
  }
}
