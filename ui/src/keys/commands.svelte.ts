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
  /**
   * No state of Svelte's: effects add and remove layers, and an effect may see a state as it was before another one wrote
   * it. A layer would be lost then, and with it every key of a screen.
   */
  #layers: readonly Command[][] = [];
  #changed = $state.raw({});

  /** The latest layer first: a screen's own keys win. */
  get all(): Command[] {
    void this.#changed;
    return this.#layers.toReversed().flat();
  }

  /** `below`: whatever a screen says with the same key goes first. */
  add(layer: Command[], below: boolean): () => void {
    this.#set(below ? [layer, ...this.#layers] : [...this.#layers, layer]);
    return () => this.#set(this.#layers.filter((l) => l !== layer));
  }

  #set(layers: readonly Command[][]): void {
    this.#layers = layers;
    untrack(() => (this.#changed = {}));
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
