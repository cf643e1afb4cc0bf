import { untrack } from 'svelte';

/** Something a person can do now, with the key that does it. */
export type Command = {
  id: string;
  title: string;
  /** `a`, `g h`, `ctrl+k`; the first one is shown. */
  keys: readonly string[];
  /** `thing`: the incident or runbook on the screen. */
  group: 'page' | 'thing' | 'go' | 'list' | 'app';
  run: () => void;
};

/** All commands that exist at this moment: screens bring theirs and take them along when they go. */
class Commands {
  #layers = $state.raw<Command[][]>([]);

  /** The latest layer first: a screen's own keys win. */
  readonly all: Command[] = $derived(this.#layers.toReversed().flat());

  /** `below`: whatever a screen says with the same key goes first. */
  add(layer: Command[], below: boolean): () => void {
    untrack(() => (this.#layers = below ? [layer, ...this.#layers] : [...this.#layers, layer]));
    return () => untrack(() => (this.#layers = this.#layers.filter((l) => l !== layer)));
  }

  keyed(key: string): Command | undefined {
    return this.all.find((c) => c.keys.includes(key));
  }
}

export const commands = new Commands();

/** Call while a component is set up: its commands exist as long as it does. */
export function useCommands(get: () => Command[], { below = false } = {}): void {
  $effect(() => commands.add(get(), below));
}
