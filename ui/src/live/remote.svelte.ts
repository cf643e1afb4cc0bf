import { CallError } from '../host';
import { words } from '../words/en';

/** Something only the server knows: what it last said, and why it could not be asked again. */
export class Remote<T> {
  value = $state.raw<T | null>(null);
  /** Milliseconds; when `value` was true. */
  as_of = $state<number | null>(null);
  error = $state<{ code: string; words: string } | null>(null);
  loading = $state(false);

  constructor(private readonly ask: () => Promise<T>) {}

  async load(): Promise<void> {
    this.loading = true;
    try {
      this.value = await this.ask();
      this.as_of = Date.now();
      this.error = null;
    } catch (error) {
      const { code, words: said } = CallError.from(error, words.errors.coreLost);
      this.error = { code, words: said };
    } finally {
      this.loading = false;
    }
  }
}
