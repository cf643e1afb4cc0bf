import type { IncidentRow } from '../../host/types';
import { isOpen, library } from '../../live/library.svelte';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';

/** The list as the person left it: coming back from an incident finds the same filter and the same place. */
class IncidentList {
  filter = $state('');
  which = $state<'open' | 'all'>('open');
  cursor = $state<string | null>(null);

  readonly #parts = $derived(this.filter.toLowerCase().split(/\s+/).filter(Boolean));
  readonly all: IncidentRow[] = $derived(library.incidents ?? []);
  readonly base: IncidentRow[] = $derived(this.which === 'all' ? this.all : this.all.filter(isOpen));
  readonly rows: IncidentRow[] = $derived(
    this.#parts.length === 0
      ? this.base
      : this.base.filter((row) => {
          const text = textOf(row);
          return this.#parts.every((part) => text.includes(part));
        }),
  );

  show(filter: string): void {
    this.filter = filter;
    this.which = 'all';
    this.cursor = null;
  }
}

function textOf(row: IncidentRow): string {
  const i = row.incident;
  const services = i.services.map((s) => `${s} ${live.service(s)}`).join(' ');
  const status = words.incident.statuses[i.status];
  return `${row.title} #${i.number} ${i.severity} ${status} ${services} ${live.name(i.declared_by)}`.toLowerCase();
}

export const incidentList = new IncidentList();
