import type { Args, Name, Result } from '../host';

type Call = <N extends Name>(name: N, args: Args<N>) => Promise<Result<N>>;

/** A pause in typing after which the core writes it down, in milliseconds. */
const PAUSE_MS = 400;

/**
 * What was typed and not yet sent, restored silently. The core keeps it, encrypted: what a person writes about an
 * incident must not lie on the disk in clear text, so the WebView's own storage stays empty.
 */
class Drafts {
  #kept = new Map<string, string>();
  /** Typed here and not yet with the core. */
  #waiting = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #call: Call | null = null;
  #read = false;

  /** Asks the core for what an earlier window left; to be called again while it cannot say. */
  async start(call: Call): Promise<void> {
    if (!this.#call) addEventListener('pagehide', () => void this.#send());
    this.#call = call;
    if (this.#read) return;
    try {
      const typed = await call('typed_all', {});
      this.#read = true;
      for (const [form, words] of Object.entries(typed ?? {}))
        if (words && !this.#kept.has(form) && !this.#waiting.has(form)) this.#kept.set(form, words);
    } catch {
      // The keychain is locked, or the core is not there yet: what is typed meanwhile is kept in memory.
    }
  }

  of(form: string): string {
    return this.#kept.get(form) ?? '';
  }

  keep(form: string, words: string): void {
    if (words === this.of(form)) return;
    if (words === '') this.#kept.delete(form);
    else this.#kept.set(form, words);
    this.#waiting.set(form, words);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), PAUSE_MS);
  }

  /** The person signs out: the core forgets by itself. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#kept.clear();
    this.#waiting.clear();
  }

  async #send(): Promise<void> {
    clearTimeout(this.#timer);
    const call = this.#call;
    if (!call) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [form, words] of waiting) {
      // Typed over meanwhile, or forgotten: nothing of it is written for whoever signs in next.
      if (this.of(form) !== words) continue;
      try {
        await call('typed_keep', { form, words });
      } catch {
        // Tried again with the next key, unless something newer was typed.
        if (!this.#waiting.has(form) && this.of(form) === words) this.#waiting.set(form, words);
      }
    }
  }
}

export const drafts = new Drafts();
export const draft = (form: string): string => drafts.of(form);
export const keepDraft = (form: string, words: string): void => drafts.keep(form, words);
