import { CallError } from '../../host';
import type { ExportFormat } from '../../host/types';
import { clock } from '../../live/clock.svelte';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';
import { asked } from './filter';
import { incidentList } from './list.svelte';

/** The list as a file: the core writes it, and says where it is. */
class Export {
  underway = $state(false);
  /** What came of the last one. */
  said = $state.raw<{ words: string; wrong: boolean } | null>(null);

  async save(format: ExportFormat): Promise<void> {
    if (this.underway) return;
    const w = words.incidents.export;
    this.underway = true;
    this.said = null;
    try {
      const filter = asked(incidentList.filter, clock.now);
      const made = await live.call('incidents_export', { filter, format });
      this.said = {
        words: made.count === 0 ? w.empty(made.path) : w.done(made.count, made.path),
        wrong: false,
      };
    } catch (error) {
      this.said = { words: CallError.from(error, words.errors.coreLost).words, wrong: true };
    } finally {
      this.underway = false;
    }
  }
}

export const exporting = new Export();
