import type { Playbook, PlaybookState, SeverityRules, Severity } from '../host/types';
import { Kept } from './library.svelte';
import { live } from './live.svelte';

/** How this team runs incidents, as this computer knows it: here online or not, and the same for every part. */
class LivePlaybook {
  #kept = new Kept('playbook', {});

  start(): void {
    live.onChange((change) => {
      if (change.topic === 'playbook' || change.topic === 'found') void this.load();
      // The core could not say yet: its keychain was locked.
      else if (change.topic === 'state' && this.state === null) void this.load();
    });
    void this.load();
  }

  load = (): Promise<void> => this.#kept.load();

  /** `null` until the core has answered for the first time. */
  get state(): PlaybookState | null {
    return this.#kept.value;
  }
  get error(): string | null {
    return this.#kept.error;
  }
  /** What holds. */
  get value(): Playbook | null {
    return this.state?.playbook ?? null;
  }
  severity(severity: Severity): SeverityRules | undefined {
    return this.value?.severities[severity];
  }
}

export const livePlaybook = new LivePlaybook();
