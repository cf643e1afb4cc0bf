import type { RunbookRow } from '../../host/types';
import { library } from '../../live/library.svelte';
import { live } from '../../live/live.svelte';

/** The list as the person left it. */
class RunbookList {
  filter = $state('');
  archived = $state(false);
  cursor = $state<string | null>(null);

  readonly all: RunbookRow[] = $derived(library.runbooks ?? []);
  readonly rows: RunbookRow[] = $derived.by(() => {
    const parts = this.filter.toLowerCase().split(/\s+/).filter(Boolean);
    return this.all.filter((row) => {
      if (row.archived && !this.archived) return false;
      const service = row.service ? `${row.service} ${live.service(row.service)}` : '';
      const text = `${row.title} ${service} ${row.owner ? live.name(row.owner) : ''}`.toLowerCase();
      return parts.every((part) => text.includes(part));
    });
  });
}

export const runbookList = new RunbookList();
