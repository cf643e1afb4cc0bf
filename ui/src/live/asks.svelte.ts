import { SvelteMap } from 'svelte/reactivity';
import { CallError } from '../host';
import type { PageRequest, PageRow } from '../host/types';
import { words } from '../words/en';
import { live } from './live.svelte';

/** What was just asked of pages and the core has not answered: shown as pending at once, in place. */
class Asks {
  /** Page → the request under way. */
  underway = new SvelteMap<string, PageRequest>();
  /** Page → why the last request was refused here, until the next one. */
  refused = new SvelteMap<string, string>();

  async ask(page: string, request: PageRequest): Promise<boolean> {
    this.underway.set(page, request);
    this.refused.delete(page);
    try {
      await live.call('ask', { page, request });
      await live.refresh();
      return true;
    } catch (error) {
      this.refused.set(page, CallError.from(error, words.errors.coreLost).words);
      return false;
    } finally {
      this.underway.delete(page);
    }
  }

  /** Is this asked already: under way, or waiting for the team to know? */
  has(row: PageRow, what: PageRequest['do']): boolean {
    return this.underway.get(row.page.id)?.do === what || row.pending.some((p) => p.request.do === what);
  }
}

export const asks = new Asks();
