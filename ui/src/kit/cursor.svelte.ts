/**
 * Which row of a list the keys are meant for; to be made while a component is set up. When that row leaves by itself, no
 * other one comes under the fingers of whoever is about to press a key: none is meant then, until the next step goes to
 * what stands where it stood.
 */
export class Cursor {
  #id = $state<string | null>(null);
  /** Where its row stood when it was there last. */
  #was = 0;
  readonly #ids: () => readonly string[];

  constructor(ids: () => readonly string[]) {
    this.#ids = ids;
    // The first row is marked before anybody steps: it is the one that is meant, also when others come before it.
    $effect.pre(() => {
      const ids = this.#ids();
      if (ids.length === 0 || this.#id === null) this.#id = ids[0] ?? null;
      const at = ids.findIndex((id) => id === this.#id);
      if (at >= 0) this.#was = at;
    });
  }

  /** `null`: none is meant. */
  get at(): string | null {
    return this.#id !== null && this.#ids().includes(this.#id) ? this.#id : null;
  }

  /** `null`: the first one, whichever that is. */
  put(id: string | null): void {
    this.#id = id;
  }

  /** What the person does makes the row leave: the one that is next then is marked, unless they have stepped on. */
  async onAfter(done: Promise<boolean>): Promise<boolean> {
    const ids = this.#ids();
    const here = this.#id;
    const at = ids.findIndex((id) => id === here);
    const next = ids[at + 1] ?? ids[at - 1] ?? null;
    const isDone = await done;
    if (isDone && this.#id === here) this.#id = next;
    return isDone;
  }

  /** When the person chose to see other rows: one of them is marked. */
  stay(): void {
    if (this.at === null) this.step(0);
  }

  step(by: number): void {
    const ids = this.#ids();
    const at = ids.findIndex((id) => id === this.#id);
    // What follows has moved up to where the row stood that has gone.
    const to = at >= 0 ? at + by : this.#was + Math.min(by, 0);
    this.#id = ids[Math.max(0, Math.min(ids.length - 1, to))] ?? null;
  }
}
