import { CallError } from '../../host';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';

/** How long is said what came of it, in milliseconds. */
const SAID_MS = 8_000;

/** "Nothing is new" of one incident: sent in a moment by the core, unless it is taken back. */
export class NoNews {
  /** What came of the last key press. */
  outcome = $state<string | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly incident: string) {}

  async send(): Promise<void> {
    this.#say(null);
    try {
      await live.call('no_news', { incident: this.incident });
    } catch (error) {
      this.#say(CallError.from(error, words.errors.coreLost).words);
    }
  }

  async takeBack(): Promise<void> {
    try {
      const done = await live.call('no_news_undo', { incident: this.incident });
      this.#say(done ? words.update.noNews.takenBack : words.update.noNews.tooLate);
    } catch (error) {
      this.#say(CallError.from(error, words.errors.coreLost).words);
    }
  }

  /** Why it did not go out was read. */
  async seen(): Promise<void> {
    try {
      await live.call('no_news_seen', { incident: this.incident });
    } catch (error) {
      this.#say(CallError.from(error, words.errors.coreLost).words);
    }
  }

  #say(outcome: string | null): void {
    clearTimeout(this.#timer);
    this.outcome = outcome;
    if (outcome) this.#timer = setTimeout(() => (this.outcome = null), SAID_MS);
  }
}
