import type { AttachmentView } from '../../host/types';
import { Kept } from '../../live/library.svelte';
import { live } from '../../live/live.svelte';
import { textOf } from './file';

/** Milliseconds until one that could not be had is asked for again, while somebody looks at its place. */
const AGAIN_MIN = 1_000;
const AGAIN_MAX = 60_000;

/** One attachment as this computer has it now: asked when it is looked at, and again when that may have changed. */
export class Shown {
  #kept: Kept<'attachment'>;

  constructor(
    private readonly incident: string,
    private readonly hash: string,
  ) {
    this.#kept = new Kept('attachment', { incident, hash });
  }

  get view(): AttachmentView | null {
    return this.#kept.value;
  }
  /** It may not be seen, or was never had: nothing of it is to stand anywhere, its name included. */
  get gone(): boolean {
    return this.view === null && this.#kept.error !== null;
  }
  get error(): string | null {
    return this.#kept.error ?? (this.view?.words || null);
  }
  /** Pictures only: a `data:` address of bytes that are here. */
  readonly source: string | null = $derived.by(() => {
    const view = this.view;
    return view?.base64 && view.media_type?.startsWith('image/')
      ? `data:${view.media_type};base64,${view.base64}`
      : null;
  });
  readonly text: string | null = $derived.by(() => {
    const view = this.view;
    return view?.base64 && view.media_type === 'text/plain' ? textOf(view.base64) : null;
  });

  load = (): Promise<void> => this.#kept.load();

  /** `over`: it lies over its incident, and does not go with what shows that one when it may not be seen any more. */
  follow(over = false): () => void {
    let again: ReturnType<typeof setTimeout> | undefined;
    let wait = AGAIN_MIN;
    // Whoever attached it may still be sending it; nobody is told when that is done.
    const look = async () => {
      clearTimeout(again);
      await this.load();
      clearTimeout(again);
      if (this.view?.state === 'missing' && !gone) again = setTimeout(() => void look(), wait);
      wait = Math.min(wait * 2, AGAIN_MAX);
    };
    let gone = false;
    void look();
    const stop = live.onChange((change) => {
      const sight =
        change.topic === 'library' || (change.topic === 'incident' && change.incident === this.incident);
      // All its bytes come with every answer: not more often than somebody sees it go.
      if (over && sight) this.#kept.soon();
      const mine = change.topic === 'attachment' && change.hash === this.hash;
      // Back on the network: it may be there to be had.
      const back = change.topic === 'sync' && this.view?.state === 'missing';
      if (!mine && !back && change.topic !== 'found') return;
      wait = AGAIN_MIN;
      void look();
    });
    return () => {
      gone = true;
      clearTimeout(again);
      stop();
    };
  }
}
