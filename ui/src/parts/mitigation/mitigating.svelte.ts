import { CallError } from '../../host';
import type { Mitigation, Mitigations, RunFilled, StepView } from '../../host/types';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';

/** A command that can be chosen; one without a `view` is the playbook's, to copy alone. */
export type Item = {
  line: string;
  view: StepView | null;
  runbook: string;
  service: string;
  filled: RunFilled | null;
  runs: boolean;
};

/** The ways to restore service in one incident: what this computer knows at once, then what the server adds. */
export class Mitigating {
  told = $state.raw<Mitigations | null>(null);
  error = $state<string | null>(null);
  /** Chosen by hand; else the first one is. */
  #chosen = $state<string | null>(null);
  at = $state(0);
  #asked = 0;

  constructor(readonly incident: string) {}

  get strategies(): Mitigation[] {
    return this.told?.strategies ?? [];
  }
  get chosen(): Mitigation | null {
    return this.strategies.find((m) => m.strategy === this.#chosen) ?? this.strategies[0] ?? null;
  }
  readonly items: Item[] = $derived.by(() => {
    const of = this.chosen;
    if (!of) return [];
    const own = of.services.flatMap(({ service, runbooks }) =>
      runbooks.flatMap(({ runbook, not_run, commands }) =>
        commands.map(({ line, view, filled }): Item => ({
          line,
          view,
          runbook,
          service,
          filled,
          runs: not_run === null && view.refused === null,
        })),
      ),
    );
    const generic: Item[] = of.generic
      ? [{ line: of.generic, view: null, runbook: '', service: '', filled: null, runs: false }]
      : [];
    return [...own, ...generic];
  });
  get item(): Item | null {
    return this.items[this.at] ?? null;
  }

  choose(strategy: string): void {
    this.#chosen = strategy;
    this.at = 0;
  }
  move(by: number): void {
    const now = this.strategies.findIndex((m) => m === this.chosen);
    const next = this.strategies[Math.min(Math.max(now + by, 0), this.strategies.length - 1)];
    if (next && next !== this.chosen) this.choose(next.strategy);
  }
  step(by: number): void {
    this.at = Math.min(Math.max(this.at + by, 0), Math.max(this.items.length - 1, 0));
  }

  follow(): () => void {
    void this.#load(false).then(() => this.#load(true));
    const stop = live.onChange((change) => {
      const mine = change.topic === 'incident' && change.incident === this.incident;
      if (mine || ['runbook', 'playbook', 'found'].includes(change.topic)) void this.#load(true);
    });
    return () => {
      this.#asked = -1;
      stop();
    };
  }

  /** The network is back. */
  again = (): void => {
    if (this.told?.changes.is === 'offline') void this.#load(true);
  };

  async #load(changes: boolean): Promise<void> {
    if (this.#asked < 0) return;
    const mine = ++this.#asked;
    try {
      const told = await live.call('mitigations', { incident: this.incident, changes });
      // The latest question's answer counts.
      if (mine === this.#asked) [this.told, this.error] = [told, null];
    } catch (thrown) {
      if (mine === this.#asked) this.error = CallError.from(thrown, words.errors.coreLost).words;
    }
  }
}
