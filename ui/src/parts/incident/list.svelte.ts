import { CallError } from '../../host';
import type { CadenceState, IncidentRow } from '../../host/types';
import { clock } from '../../live/clock.svelte';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';
import { NONE, OPEN, asked, same, type Wanted } from './filter';
import { views } from './views.svelte';

/** Rows that are asked for at once: more than two screens. */
const PART = 100;

/** A place in the list: with its incident once the core has told it. */
export type Item = { at: number; key: string; row: IncidentRow | null };
type Part = readonly IncidentRow[];

/**
 * The list as the person left it: coming back from an incident finds the same filter and the same place. The core narrows it down
 * and puts it in order; here are the parts of it that were looked at.
 */
class IncidentList {
  /** `open`, `all`, or the name of a saved view: where the filter began. */
  base = $state<{ is: 'open' | 'all' } | { is: 'saved'; name: string }>({ is: 'open' });
  filter = $state.raw<Wanted>(OPEN);
  /** Null until the core has answered for the first time. */
  total = $state.raw<number | null>(null);
  error = $state.raw<string | null>(null);
  updates = $state.raw<Readonly<Record<string, CadenceState>>>({});
  /** Of views by name, `open` and `all` among them. */
  counts = $state.raw<ReadonlyMap<string, number>>(new Map());
  cursor = $state.raw(0);

  #parts = $state.raw<ReadonlyMap<number, Part>>(new Map());
  #chosen: string | null = null;
  #wanted: [number, number] = [0, 0];
  #running = false;
  #stale = false;
  #countsBusy = false;
  #countsStale = false;

  readonly items: Item[] = $derived.by(() => {
    const seen = new Set<string>();
    return Array.from({ length: this.total ?? 0 }, (_, at) => {
      const row = this.#parts.get(Math.floor(at / PART))?.[at % PART];
      const id = row?.incident.id;
      // The list may have moved between two parts: an incident stands in it once.
      if (!row || !id || seen.has(id)) return { at, key: `place-${at}`, row: null };
      seen.add(id);
      return { at, key: id, row };
    });
  });

  /** Follows what changes while it is looked at. Returns how to stop. */
  follow(): () => void {
    views.load();
    this.reload();
    return live.onChange((change) => {
      if (['library', 'found', 'incident', 'playbook'].includes(change.topic)) this.reload();
    });
  }

  /** Asks anew for what is on the screen, and for the counts. One question at a time. */
  reload(): void {
    void this.#count();
    this.#stale = true;
    void this.#run();
  }

  /** What is on the screen, first and behind the last: asked for unless it is here. */
  see(first: number, behind: number): void {
    this.#wanted = [Math.floor(first / PART), Math.floor(Math.max(first, behind - 1) / PART)];
    if (this.total === null || this.error !== null || this.#missing().length === 0) return;
    void this.#run();
  }

  #missing(): number[] {
    const [first, last] = this.#wanted;
    const end = Math.min(last, Math.floor(Math.max(0, (this.total ?? 1) - 1) / PART));
    const wanted = [];
    for (let n = first; n <= end; n++) if (!this.#parts.has(n)) wanted.push(n);
    return wanted;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const anew = this.#stale;
      this.#stale = false;
      const filter = this.filter;
      const wanted = anew ? this.#onScreen() : this.#missing();
      if (wanted.length === 0) break;
      try {
        const parts = new Map(anew ? [] : this.#parts);
        let updates = anew ? {} : this.updates;
        let total = 0;
        for (const n of wanted) {
          const query = { filter: asked(filter, clock.now), limit: PART, offset: n * PART };
          const found = await live.call('incidents_find', query);
          parts.set(n, found.rows);
          updates = { ...updates, ...found.updates };
          total = found.total;
        }
        // Another filter was chosen meanwhile: this answers nobody any more.
        if (filter !== this.filter) continue;
        this.#parts = parts;
        this.updates = updates;
        this.total = total;
        this.error = null;
        this.#keepCursor();
      } catch (error) {
        this.error = CallError.from(error, words.errors.coreLost).words;
        if (!this.#stale) break;
      }
    }
    // In the same turn as the last look: whoever asks next starts it anew.
    this.#running = false;
  }

  #onScreen(): number[] {
    const [first, last] = this.#wanted;
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  }

  /** The chosen incident stays chosen, whatever comes in above it. */
  #keepCursor(): void {
    const at = this.items.findIndex((item) => item.key === this.#chosen);
    this.cursor = Math.max(0, at >= 0 ? at : Math.min(this.cursor, (this.total ?? 1) - 1));
    this.#chosen = this.items[this.cursor]?.row?.incident.id ?? null;
  }

  choose(at: number): void {
    this.cursor = Math.max(0, Math.min(at, (this.total ?? 1) - 1));
    this.#chosen = this.items[this.cursor]?.row?.incident.id ?? null;
  }

  get chosen(): Item | undefined {
    return this.items[this.cursor];
  }

  /** Narrows it down. The list that is there stays until the new one is. */
  set(filter: Wanted): void {
    if (same(filter, this.filter) && filter.text === this.filter.text) return;
    // Open incidents are a view of their own: whoever looks for others has left it.
    if (this.base.is === 'open' && filter.open !== true) this.base = { is: 'all' };
    else if (this.base.is === 'all' && filter.open === true) this.base = { is: 'open' };
    this.filter = filter;
    this.#fromTheTop();
  }

  show(base: IncidentList['base'], filter?: Wanted): void {
    const saved = base.is === 'saved' ? views.named(base.name)?.filter : undefined;
    this.base = base;
    this.filter = filter ?? saved ?? (base.is === 'open' ? OPEN : NONE);
    this.#fromTheTop();
  }

  #fromTheTop(): void {
    this.cursor = 0;
    this.#chosen = null;
    this.#wanted = [0, 0];
    this.reload();
  }

  /** What the view says without anything added here. */
  get plain(): Wanted {
    if (this.base.is === 'saved') return views.named(this.base.name)?.filter ?? NONE;
    return this.base.is === 'open' ? OPEN : NONE;
  }
  get isPlain(): boolean {
    return same(this.filter, this.plain);
  }
  clear(): void {
    this.show(this.base.is === 'saved' ? { is: 'all' } : this.base);
  }

  async #count(): Promise<void> {
    this.#countsStale = true;
    if (this.#countsBusy) return;
    this.#countsBusy = true;
    try {
      while (this.#countsStale) {
        this.#countsStale = false;
        const counts = new Map<string, number>();
        const count = async (name: string, filter: Wanted) => {
          const query = { filter: asked(filter, clock.now), limit: 0, offset: 0 };
          counts.set(name, (await live.call('incidents_find', query)).total);
        };
        await count('open', OPEN);
        await count('all', NONE);
        for (const view of views.all) await count(`saved:${view.name}`, view.filter);
        this.counts = counts;
      }
    } catch {
      // The list itself says what is wrong; the counts that are there stay.
    } finally {
      this.#countsBusy = false;
    }
  }
}

export const incidentList = new IncidentList();
