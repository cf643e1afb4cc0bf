/**
 * Keys in the pager window count only once it has had the focus for a moment: nobody acknowledges a page with
 * the letter they were just typing into something else.
 */
export const KEYS_COUNT_AFTER_MS = 600;

export type Verdict = 'counts' | 'not_yet' | 'held_down';

export class FocusGuard {
  #since: number | null = null;

  /** `clock`: milliseconds that never go back. */
  constructor(
    private readonly clock: () => number,
    private readonly wait = KEYS_COUNT_AFTER_MS,
  ) {}

  /** The window got the focus (again): the wait starts anew. */
  focused(): void {
    this.#since = this.clock();
  }

  blurred(): void {
    this.#since = null;
  }

  /** Another page is shown: whoever pressed a key meant the one before it. */
  pageChanged(): void {
    if (this.#since !== null) this.#since = this.clock();
  }

  /** Milliseconds until keys count; `null` without focus. */
  left(): number | null {
    return this.#since === null ? null : Math.max(0, this.#since + this.wait - this.clock());
  }

  judge(key: { repeat: boolean }): Verdict {
    if (this.left() !== 0) return 'not_yet';
    // A key that was already down when the window appeared repeats into it.
    return key.repeat ? 'held_down' : 'counts';
  }
}
