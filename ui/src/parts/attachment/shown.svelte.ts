import type { AttachmentView } from '../../host/types';
import { Kept } from '../../live/library.svelte';
import { live } from '../../live/live.svelte';
import { textOf } from './file';

/** One attachment as this computer has it now: asked when it is looked at, and again when that may have changed. */
export class Shown {
  #kept: Kept<'attachment'>;

  constructor(
    incident: string,
    private readonly hash: string,
  ) {
    this.#kept = new Kept('attachment', { incident, hash });
  }

  get view(): AttachmentView | null {
    return this.#kept.value;
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

  follow(): () => void {
    void this.load();
    return live.onChange((change) => {
      const mine = change.topic === 'attachment' && change.hash === this.hash;
      // Back on the network: it may be there to be had.
      const back = change.topic === 'sync' && this.view?.state === 'missing';
      if (mine || back || change.topic === 'found') void this.load();
    });
  }
}
