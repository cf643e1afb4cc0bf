import { SvelteMap } from 'svelte/reactivity';
import { CallError, type Args, type Name, type Result } from '../host';
import type {
  Draft,
  Entry,
  EntryView,
  IncidentCommand,
  IncidentInRoom,
  IncidentRow,
  RunbookDetail,
  RoomChange,
  RunbookRow,
  StillOpen,
  SyncState,
} from '../host/types';
import { viewsAsBefore } from '../parts/incident/timeline';
import { words } from '../words/en';
import { clock } from './clock.svelte';
import { live } from './live.svelte';

/** What stands beside is at most this old while changes come in a burst. */
const MOMENT_MS = 500;

/** Asks of one kind, one at a time: what changes while it is asked leads to one further question, not many. */
export class Kept<N extends Name> {
  value = $state.raw<Result<N> | null>(null);
  error = $state<string | null>(null);
  #asking: Promise<void> | null = null;
  #again = false;
  #asked = -Infinity;
  #later: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly name: N,
    private readonly args: Args<N>,
    /** What is kept of an answer, beside the one before it. */
    private readonly join: (before: Result<N>, answer: Result<N>) => Result<N> = (_, answer) => answer,
  ) {}

  /** Asks now, or, when it was asked a moment ago, a moment later: for what changes often and is not what is being done. */
  soon(moment = MOMENT_MS): void {
    if (this.#later !== null) return;
    const wait = Math.max(0, this.#asked + moment - performance.now());
    if (wait === 0) return void this.load();
    this.#later = setTimeout(() => {
      this.#later = null;
      void this.load();
    }, wait);
  }

  /** What is being asked is answered. */
  settled(): Promise<void> {
    return this.#asking ?? Promise.resolve();
  }

  load(): Promise<void> {
    this.#asked = performance.now();
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = (async () => {
      do {
        this.#again = false;
        try {
          const answer = await live.call(this.name, this.args);
          this.value = this.value ? this.join(this.value, answer) : answer;
          this.error = null;
        } catch (error) {
          const told = CallError.from(error, words.errors.coreLost);
          // It is not here any more: nothing of it stays on the screen.
          if (told.code === 'refused') this.value = null;
          this.error = told.words;
        }
      } while (this.#again);
      this.#asking = null;
    })();
    return this.#asking;
  }
}

/** Open incidents that are kept at hand: more are only counted, and listed. */
const OPEN_MAX = 200;
const OPEN = {
  open: true,
  statuses: [],
  severities: [],
  services: [],
  person: null,
  declared_from: null,
  declared_until: null,
  text: '',
};

/** What is written down: incidents, runbooks, and how far the team knows of it. All of it is on this computer. */
class Library {
  #sync = new Kept('sync_state', {});
  #open = new Kept('incidents_find', { filter: OPEN, limit: OPEN_MAX, offset: 0 });
  /** Incidents that something on the screen names, and that are not among the open ones. */
  #named = new SvelteMap<string, IncidentRow | null>();
  #runbooks = new Kept('runbooks', {});
  #drafts = new Kept('drafts', {});

  start(): void {
    live.onChange((change) => {
      const everything = change.topic === 'library' || change.topic === 'found';
      if (everything || change.topic === 'sync') void this.#loadSync();
      if (everything) void this.#open.load();
      else if (change.topic === 'incident') this.#open.soon();
      if (everything) this.#named.clear();
      else if (change.topic === 'incident') this.#named.delete(change.incident);
      if (everything || change.topic === 'runbook') void this.#runbooks.load();
    });
    void this.load();
  }

  async load(): Promise<void> {
    await Promise.all([this.#loadSync(), this.#open.load(), this.#runbooks.load()]);
  }

  async #loadSync(): Promise<void> {
    await this.#sync.load();
    if ((this.sync?.drafts ?? 0) > 0 || this.drafts.length > 0) await this.#drafts.load();
  }

  loadDrafts = (): Promise<void> => this.#drafts.load();

  get sync(): SyncState | null {
    return this.#sync.value;
  }
  get alone(): boolean {
    return this.sync?.alone ?? false;
  }
  /** The team can hear what is asked now; alone there is nobody to wait for. */
  get heard(): boolean {
    return this.alone || (this.sync?.connected ?? live.state?.connection.state === 'connected');
  }
  get drafts(): Draft[] {
    return this.#drafts.value ?? [];
  }
  get draftsError(): string | null {
    return this.#drafts.error;
  }
  /** An incident by its id, as far as it is known here: asked for when it is none of the open ones. */
  row(id: string | null | undefined): IncidentRow | null {
    if (!id) return null;
    const open = this.open.find((r) => r.incident.id === id);
    if (open) return open;
    const named = this.#named.get(id);
    if (named === undefined) queueMicrotask(() => void this.#ask(id));
    return named ?? null;
  }

  async #ask(id: string): Promise<void> {
    if (this.#named.has(id)) return;
    this.#named.set(id, null);
    try {
      this.#named.set(id, await live.call('incident_row', { incident: id }));
    } catch {
      // Not known here: whoever names it shows its id.
    }
  }

  get runbooks(): RunbookRow[] | null {
    return this.#runbooks.value;
  }
  get runbooksError(): string | null {
    return this.#runbooks.error;
  }
  /** False until the core has answered for the first time. */
  get openKnown(): boolean {
    return this.#open.value !== null;
  }
  /** The latest declared first; the first ones of very many. */
  readonly open: IncidentRow[] = $derived(this.#open.value?.rows ?? []);
  readonly openCount = $derived(this.#open.value?.total ?? 0);
}

export const library = new Library();

/** An entry as somebody just said it. */
export type Said = Pick<Entry, 'kind' | 'text'> & { reason: string | null };

/** It is what was said, come back from the core: the same words of the same person, and not there before. */
const isSaid = (v: EntryView, said: EntryView, before: Set<string>): boolean =>
  !before.has(v.entry.id) &&
  v.author === said.author &&
  v.entry.kind === said.entry.kind &&
  v.entry.text === said.entry.text;

/** One incident with everything about it, kept up to date while it is looked at. */
export class LiveIncident {
  #kept: Kept<'incident'>;
  /** What was just asked and the core has not answered: pending at once, in place. */
  underway = $state.raw<IncidentCommand[]>([]);
  refused = $state<string | null>(null);

  /** Said here and not in the core's answer yet. */
  #said = $state.raw<{ view: EntryView; before: Set<string> }[]>([]);
  #count = 0;

  constructor(readonly id: string) {
    this.#kept = new Kept('incident', { incident: id }, (before, answer) => ({
      ...answer,
      timeline: viewsAsBefore(answer.timeline, before.timeline),
    }));
  }
  readonly detail: IncidentInRoom | null = $derived.by(() => {
    const kept = this.#kept.value;
    if (!kept || this.#said.length === 0) return kept;
    // The core may tell of the entry before it answers whoever wrote it: it is shown once.
    const said = this.#said.filter(({ view, before }) => !kept.timeline.some((v) => isSaid(v, view, before)));
    return { ...kept, timeline: [...kept.timeline, ...said.map((s) => s.view)] };
  });

  /** Shows an entry at once, while the core writes it down. Gives back how to take it off again. */
  say = (said: Said): (() => void) => {
    // To the millisecond: by the ticking clock it would stand above what was said earlier in this second.
    const at = new Date(clock.exactly()).toISOString();
    const entry: Entry = { id: `said-${++this.#count}`, incident: this.id, ...said, at, corrects: null };
    const view: EntryView = { entry, author: live.me ?? '', pending: true, corrected_by: null };
    const one = { view, before: new Set(this.#kept.value?.timeline.map((v) => v.entry.id)) };
    this.#said = [...this.#said, one];
    return () => (this.#said = this.#said.filter((v) => v !== one));
  };
  get error(): string | null {
    return this.#kept.error;
  }
  load = (): Promise<void> => this.#kept.load();

  /** Until this entry is among what is shown. The core told of the change too, and most often it was asked already. */
  added = async (entry: string): Promise<void> => {
    await this.#kept.settled();
    if (!this.#kept.value?.timeline.some((v) => v.entry.id === entry)) await this.load();
  };

  follow(): () => void {
    void this.load();
    followed.set(this.id, this);
    const stop = live.onChange((change) => {
      const mine = change.topic === 'incident' && change.incident === this.id;
      if (mine || change.topic === 'library' || change.topic === 'found') void this.load();
    });
    // The room is another one when an update is due, or was watched long enough.
    const timer = $effect.root(() => {
      $effect(() => {
        const at = this.detail?.changes_at;
        if (!at) return;
        const wait = Math.min(Math.max(Date.parse(at) - clock.now, 0) + 250, 2 ** 31 - 1);
        const id = setTimeout(() => void this.load(), wait);
        return () => clearTimeout(id);
      });
    });
    return () => {
      stop();
      timer();
      if (followed.get(this.id) === this) followed.delete(this.id);
    };
  }

  async ask(command: IncidentCommand): Promise<boolean> {
    const asked = await this.#underway(command, () =>
      live.call('incident_ask', { incident: this.id, command }),
    );
    return asked !== undefined;
  }

  /** Resolves or closes it. What is still open comes back, and then it is as before, unless it is ended all the same. */
  async end(to: 'resolved' | 'closed', anyway: boolean): Promise<readonly StillOpen[]> {
    const open = await this.#underway({ do: 'set_status', to }, () =>
      live.call('incident_end', { incident: this.id, to, anyway }),
    );
    return open ?? [];
  }

  async #underway<T>(command: IncidentCommand, call: () => Promise<T>): Promise<T | undefined> {
    this.underway = [...this.underway, command];
    this.refused = null;
    try {
      const answer = await call();
      await this.load();
      return answer;
    } catch (error) {
      this.refused = CallError.from(error, words.errors.coreLost).words;
      return undefined;
    } finally {
      this.underway = this.underway.filter((c) => c !== command);
    }
  }

  /** Changes something in the room: kept at once, here and then with the team. */
  async set(change: RoomChange): Promise<void> {
    this.refused = null;
    try {
      await live.call('room_set', { incident: this.id, change });
    } catch (error) {
      this.refused = CallError.from(error, words.errors.coreLost).words;
    }
    await this.load();
  }

  /** Asked of this kind, and not yet known to the team. */
  asked(what: IncidentCommand['do']): boolean {
    return (
      this.underway.some((c) => c.do === what) ||
      (this.detail?.asked.some((p) => p.command.do === what) ?? false)
    );
  }
}

const followed = new Map<string, LiveIncident>();
/** The incident on the screen, for the sheets that lie over it. */
export const followedIncident = (id: string): LiveIncident => followed.get(id) ?? new LiveIncident(id);

/** One runbook, kept up to date while it is looked at. */
export class LiveRunbook {
  #kept: Kept<'runbook'>;

  constructor(readonly id: string) {
    this.#kept = new Kept('runbook', { runbook: id });
  }
  get detail(): RunbookDetail | null {
    return this.#kept.value;
  }
  get error(): string | null {
    return this.#kept.error;
  }
  load = (): Promise<void> => this.#kept.load();

  follow(): () => void {
    void this.load();
    return live.onChange((change) => {
      const mine = change.topic === 'runbook' && change.runbook === this.id;
      if (mine || change.topic === 'library' || change.topic === 'found') void this.load();
    });
  }
}
