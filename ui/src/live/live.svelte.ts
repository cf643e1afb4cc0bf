import { CallError, type Args, type Host, type Name, type Result } from '../host';
import type { Change, PageDetail, PageRow, Person, Place, WindowState } from '../host/types';
import { knownZone } from '../parts/time/time';
import { words } from '../words/en';
import { clock } from './clock.svelte';
import { drafts } from './drafts';

type Listener = (page: string) => void;
type Heard = Change | { topic: 'found' };

/** Changes of what is written down (`library.svelte.ts`, `playbook.svelte.ts`): they leave the paging state alone. */
const LIBRARY = ['playbook', 'sync', 'show', 'incident', 'runbook', 'document', 'run', 'library'];

/** What the core last said, asked again at every change. Nothing is decided here. */
class Live {
  state = $state.raw<WindowState | null>(null);
  /** Set while the core itself does not answer. */
  lost = $state<string | null>(null);
  /** Where somebody last asked to go outside the main window, with a count so that the same place counts again. */
  shown = $state.raw<{ place: Place; n: number } | null>(null);
  /** Counts up when the shell says that the pager window has the focus. */
  pagerFocus = $state(0);

  #host: Host | null = null;
  #asking: Promise<void> | null = null;
  #again = false;
  #pageListeners = new Set<Listener>();
  #changeListeners = new Set<(change: Heard) => void>();

  async start(host: Host): Promise<void> {
    this.#host = host;
    host.onChange((change) => {
      if (change.topic === 'lost') this.lost = words.connection.lost;
      else if (change.topic === 'page') this.#pageListeners.forEach((tell) => tell(change.page));
      else if (change.topic === 'show') this.shown = { place: change.place, n: (this.shown?.n ?? 0) + 1 };
      if (change.topic === 'lost') return;
      this.#changeListeners.forEach((tell) => tell(change));
      if (LIBRARY.includes(change.topic)) return;
      void this.refresh();
      if (change.topic === 'found') this.#pageListeners.forEach((tell) => tell('*'));
    });
    host.onPagerFocused(() => (this.pagerFocus += 1));
    await drafts.start((name, args) => host.call(name, args));
    await this.refresh();
  }

  call<N extends Name>(name: N, args: Args<N>): Promise<Result<N>> {
    if (!this.#host) return Promise.reject(new CallError('lost', words.errors.coreLost));
    return this.#host.call(name, args);
  }

  /** Asks for the state; changes that come while it is asked lead to one further question, not many. */
  refresh(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = (async () => {
      do {
        this.#again = false;
        try {
          const state = await this.call('state', {});
          clock.offset = state.clock_offset_ms;
          clock.here = Date.now();
          // Signed out, here or by an admin: the words were this person's.
          if (this.state?.me && !state.me) drafts.forget();
          else if (state.stage.is !== 'cannot_page') void drafts.start((name, args) => this.call(name, args));
          this.state = state;
          this.lost = null;
        } catch (error) {
          this.lost = CallError.from(error, words.connection.lost).words;
        }
      } while (this.#again);
      this.#asking = null;
    })();
    return this.#asking;
  }

  /** Told of the id of every page that changed; `*` for all of them. Returns how to stop. */
  onPage(listener: Listener): () => void {
    this.#pageListeners.add(listener);
    return () => this.#pageListeners.delete(listener);
  }

  /** Told of every change, and of `found`: the core is back and anything may have changed. Returns how to stop. */
  onChange(listener: (change: Heard) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Asked for by every time on the screen, each second: found once. */
  readonly zone: string = $derived.by(() => {
    const team = this.state?.team;
    const me = team?.people.find((p) => p.id === this.state?.me?.person);
    return knownZone(me?.time_zone ?? team?.team.time_zone);
  });

  get rows(): PageRow[] {
    return this.state?.pages ?? [];
  }

  get ringing(): PageRow[] {
    return this.rows.filter((row) => row.ringing !== null);
  }

  row(id: string): PageRow | undefined {
    return this.rows.find((row) => row.page.id === id);
  }

  get me(): string | null {
    return this.state?.me?.person ?? null;
  }

  #people = $derived(new Map<string, Person>(this.state?.team?.people.map((p) => [p.id, p]) ?? []));
  #services = $derived(new Map<string, string>(this.state?.team?.services.map((s) => [s.id, s.name]) ?? []));

  /** `you`, or the name; the id when the team does not know it (any more). */
  person = (id: string): string => (id === this.me ? words.you : (this.#people.get(id)?.name ?? id));
  /** The name, yours too. */
  name = (id: string): string => this.#people.get(id)?.name ?? id;
  service = (id: string): string => this.#services.get(id) ?? id;
}

export const live = new Live();

/** One page with its history, kept up to date while it is looked at. */
export class LivePage {
  detail = $state.raw<PageDetail | null>(null);
  error = $state<string | null>(null);
  #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  /** Starts following; returns how to stop. */
  follow(): () => void {
    void this.load();
    return live.onPage((page) => {
      if (page === this.#id || page === '*') void this.load();
    });
  }

  async load(): Promise<void> {
    try {
      this.detail = await live.call('page', { page: this.#id });
      this.error = null;
    } catch (error) {
      this.error = CallError.from(error, words.errors.notFound).words;
    }
  }
}
