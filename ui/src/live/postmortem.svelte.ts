import { CallError } from '../host';
import type { NewComment, PostmortemChange, PostmortemView } from '../host/types';
import { words } from '../words/en';
import { Kept } from './library.svelte';
import { live } from './live.svelte';

/** While somebody types, a postmortem is read again no more often, in milliseconds. */
const PAUSE_MS = 200;

/** What waits for somebody is read out of all postmortems: no more often, in milliseconds. */
const MINE_MS = 3_000;

/** One postmortem, kept up to date while it is looked at. */
export class LivePostmortem {
  #kept: Kept<'postmortem'>;
  #soon: ReturnType<typeof setTimeout> | null = null;
  /** What the last change was refused with. */
  refused = $state<string | null>(null);

  constructor(readonly incident: string) {
    this.#kept = new Kept('postmortem', { incident });
  }

  get view(): PostmortemView | null {
    return this.#kept.value;
  }
  get error(): string | null {
    return this.#kept.error;
  }

  load = (): Promise<void> => this.#kept.load();

  follow(): () => void {
    void this.load();
    const texts = `postmortem/${this.incident}#`;
    const stop = live.onChange((change) => {
      const mine =
        ((change.topic === 'postmortem' || change.topic === 'incident') &&
          change.incident === this.incident) ||
        ['library', 'found', 'state', 'playbook'].includes(change.topic);
      if (mine) void this.load();
      else if (change.topic === 'document' && change.document.startsWith(texts)) this.#later();
    });
    return () => {
      stop();
      if (this.#soon) clearTimeout(this.#soon);
      this.#soon = null;
    };
  }

  #later(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      void this.load();
    }, PAUSE_MS);
  }

  /** False: it was refused, and `refused` says why. */
  set = (change: PostmortemChange): Promise<boolean> =>
    this.#do(() => live.call('postmortem_set', { incident: this.incident, change }));
  /** A line of the timeline is said together with the one before it. */
  join = (key: string): Promise<boolean> =>
    this.#do(() => live.call('postmortem_join', { incident: this.incident, key }));
  /** What a comment suggests is written. */
  accept = (comment: string): Promise<boolean> =>
    this.#do(() => live.call('postmortem_accept', { incident: this.incident, comment }));
  /** `null`: the text has gone on since it was selected. */
  comment = async (comment: NewComment): Promise<string | null> => {
    const made = await live.call('postmortem_comment', { incident: this.incident, comment });
    if (made) await this.load();
    return made;
  };

  async #do(what: () => Promise<unknown>): Promise<boolean> {
    try {
      await what();
      this.refused = null;
      await this.load();
      return true;
    } catch (error) {
      this.refused = CallError.from(error, words.errors.coreLost).words;
      return false;
    }
  }
}

/** Every postmortem, and every action, while one of their lists is looked at. */
class Postmortems {
  #all = new Kept('postmortems', {});
  #actions = new Kept('actions', {});
  #mine = new Kept('postmortems_mine', {});

  get all() {
    return this.#all.value;
  }
  get allError(): string | null {
    return this.#all.error;
  }
  get actions() {
    return this.#actions.value;
  }
  get actionsError(): string | null {
    return this.#actions.error;
  }

  /** What waits for whoever sits here. */
  get mine() {
    return this.#mine.value;
  }

  follow(which: 'all' | 'actions' | 'mine'): () => void {
    const kept: { load: () => Promise<void>; soon: (moment: number) => void } = {
      all: this.#all,
      actions: this.#actions,
      mine: this.#mine,
    }[which];
    void kept.load();
    return live.onChange((change) => {
      if (!['postmortem', 'incident', 'library', 'found', 'state'].includes(change.topic)) return;
      if (which === 'mine') kept.soon(MINE_MS);
      else void kept.load();
    });
  }
}

export const postmortems = new Postmortems();
