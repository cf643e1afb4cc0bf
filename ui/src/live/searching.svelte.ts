import { CallError } from '../host';
import type { SearchHit } from '../host/types';
import { words } from '../words/en';
import { live } from './live.svelte';

/** How many are asked for: more than anybody reads, few enough to draw at once. */
export const SEARCH_LIMIT = 60;

/** The one search. Every key asks; an answer that comes after a later one's is dropped. */
class Searching {
  text = $state('');
  hits = $state.raw<SearchHit[]>([]);
  /** What `hits` are the answer to; `null`: nothing was asked yet. */
  answered = $state<string | null>(null);
  error = $state<string | null>(null);
  cursor = $state(0);
  #asked = 0;
  #shown = 0;

  look(text: string): void {
    this.text = text;
    const query = text.trim();
    const n = ++this.#asked;
    if (query === '') {
      this.#shown = n;
      this.hits = [];
      this.answered = null;
      this.error = null;
      this.cursor = 0;
      return;
    }
    live.call('search', { query, limit: SEARCH_LIMIT }).then(
      (hits) => {
        if (n < this.#shown) return;
        this.#shown = n;
        if (query !== this.answered) this.cursor = 0;
        this.hits = grouped(hits ?? []);
        this.answered = query;
        this.error = null;
      },
      (error: unknown) => {
        if (n < this.#shown) return;
        this.#shown = n;
        this.error = CallError.from(error, words.errors.coreLost).words;
      },
    );
  }

  /** Something changed: what is shown is asked for again. */
  again(): void {
    if (this.text.trim() !== '') this.look(this.text);
  }
}

/** Kind by kind, in the order of the best of each; within a kind as they came. */
export function grouped(hits: readonly SearchHit[]): SearchHit[] {
  const kinds = [...new Set(hits.map((h) => h.kind))];
  return kinds.flatMap((kind) => hits.filter((h) => h.kind === kind));
}

export const searching = new Searching();
