const QUARTER = 15 * 60_000;

/** One clock for the whole window: it ticks once a second, and what is shown changes only when its words do. */
class Clock {
  /** This computer's time, in milliseconds. */
  here = $state(Date.now());
  /** Server time minus this computer's. */
  offset = $state(0);

  /** The server's time as far as this computer knows: what all due times are measured against. */
  get now(): number {
    return this.here + this.offset;
  }

  /** `now` to the millisecond; nothing is drawn anew by it. */
  exactly(): number {
    return Date.now() + this.offset;
  }

  /** `now` as of the last quarter of an hour, where a day begins in every zone: enough to tell today from yesterday. */
  readonly quarter = $derived(Math.floor((this.here + this.offset) / QUARTER) * QUARTER);

  start(): void {
    const tick = () => {
      this.here = Date.now();
      // On the second, so that two countdowns never tick apart.
      setTimeout(tick, 1000 - (Date.now() % 1000));
    };
    tick();
  }
}

export const clock = new Clock();
