import { CallError } from '../../host';
import type {
  Playbook,
  PlaybookBody,
  PlaybookChanges,
  PlaybookDifference,
  PlaybookEdit,
  PlaybookState,
} from '../../host/types';
import { draft, keepDraft } from '../../live/drafts';
import { live } from '../../live/live.svelte';
import { livePlaybook } from '../../live/playbook.svelte';
import { words } from '../../words/en';
import { at, dotted, isWithin, keysOf, put, type Path } from './path';

const FORM = 'playbook';
/** A pause in typing after which the core says what the edit comes to, in milliseconds. */
const PAUSE_MS = 120;
const w = words.playbook;

type Kept = { base: PlaybookChanges; draft: Playbook };

/**
 * The playbook on the screen: as it holds, or as it is being edited. What an edit comes to (changes, differences,
 * problems, what others saved meanwhile) is the core's word.
 */
class PlaybookEditor {
  /** `null`: it is read, not edited. */
  #draft = $state<Playbook | null>(null);
  #base: PlaybookChanges = {};
  /** What was saved a moment ago, until the team's new document arrives here. */
  #saved = $state.raw<PlaybookBody | null>(null);
  edit = $state.raw<PlaybookEdit | null>(null);
  saving = $state(false);
  /** The last thing that was done, and how to undo it. */
  said = $state.raw<{ words: string; undo?: () => void | Promise<void> } | null>(null);
  error = $state<string | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #who = '';
  /** Somebody else was faster, and what they saved is on its way here. */
  #stale = false;

  readonly held: { version: number; changes: PlaybookChanges; playbook: Playbook } | null = $derived.by(
    () => {
      const state = livePlaybook.state;
      if (!state) return null;
      return this.#saved && this.#saved.version > state.version ? this.#saved : state;
    },
  );
  readonly value: Playbook | null = $derived(this.#draft ?? this.held?.playbook ?? null);
  readonly editing: boolean = $derived(this.#draft !== null);
  readonly unsaved: PlaybookDifference[] = $derived(this.editing ? (this.edit?.unsaved ?? []) : []);
  readonly theirs: PlaybookDifference[] = $derived(this.editing ? (this.edit?.theirs ?? []) : []);

  get usual(): Playbook | null {
    return livePlaybook.state?.usual ?? null;
  }

  /** The team's playbook, or who may edit it, is another one; also at the beginning. `who`: a person of a team. */
  heard(state: PlaybookState | null, who: string): void {
    if (!state) return;
    if (who !== this.#who) {
      // Somebody else sits here now: nothing of whoever was before is shown or sent.
      this.#who = who;
      this.#draft = this.#saved = this.edit = this.said = this.error = null;
    }
    if (this.#saved && state.version >= this.#saved.version) this.#saved = null;
    if (!state.may_edit) this.#draft = null;
    else if (!this.#draft) this.#restore();
    void this.#compare();
  }

  #restore(): void {
    const kept = draft(FORM);
    if (!kept) return;
    try {
      const { base, draft: mine } = JSON.parse(kept) as Kept;
      if (typeof mine !== 'object' || mine === null) return;
      this.#base = base;
      this.#draft = mine;
      this.said = { words: w.save.kept };
    } catch {
      keepDraft(FORM, '');
    }
  }

  begin(): void {
    if (this.#draft || !this.held || !livePlaybook.state?.may_edit) return;
    this.#base = this.held.changes;
    this.#draft = structuredClone(this.held.playbook);
    this.said = null;
    void this.#compare();
  }

  /** Nothing is changed, or saved or discarded first. */
  readonly canLeave: boolean = $derived(
    this.editing && this.unsaved.length === 0 && (this.edit?.problems.length ?? 0) === 0,
  );

  /** Back to reading. */
  leave(): void {
    if (!this.canLeave) return;
    this.#draft = null;
    keepDraft(FORM, '');
    void this.#compare();
  }

  at(path: Path): unknown {
    return at(this.value, path);
  }

  /** How a value differs from what is usual; nothing when it does not. */
  unusual(path: Path): PlaybookDifference | undefined {
    const place = dotted(path);
    return this.edit?.unusual.find((d) => d.path === place);
  }

  /** How many values in these places are the team's own. */
  own(places: readonly string[]): number {
    return this.edit?.unusual.filter((d) => places.some((place) => isWithin(d.path, place))).length ?? 0;
  }

  /** What is wrong with exactly this value. */
  problem(path: string): string | null {
    if (!this.editing) return null;
    return this.edit?.problems.find((p) => p.path === path)?.words ?? null;
  }

  set(path: Path, value: unknown): void {
    if (!this.#draft || !put(this.#draft, path, value)) return;
    // An undo of what was done before would take this along.
    this.said = null;
    this.#touched();
  }

  /** Something that is not typed letter by letter, and can be taken back at once. */
  act(said: string, change: (draft: Playbook) => void): void {
    if (!this.#draft) return;
    const before = $state.snapshot(this.#draft) as Playbook;
    change(this.#draft);
    this.#touched();
    this.said = {
      words: said,
      undo: () => {
        this.#draft = before;
        this.said = null;
        this.#touched();
      },
    };
  }

  /** What is usual in the field. */
  reset(path: Path): void {
    const usual = $state.snapshot(at(this.usual, path));
    this.act(w.reset, (whole) => put(whole, path, structuredClone(usual)));
  }

  discard(): void {
    const kept: Kept | null = this.#draft && {
      base: this.#base,
      draft: $state.snapshot(this.#draft) as Playbook,
    };
    this.#draft = null;
    this.error = null;
    keepDraft(FORM, '');
    this.said = {
      words: w.save.discarded,
      undo: () => {
        if (!kept) return;
        this.#base = kept.base;
        this.#draft = kept.draft;
        this.said = null;
        this.#touched();
      },
    };
    void this.#compare();
  }

  /** Goes on with what others saved underneath; `theirs`: that stands where both changed the same. */
  goOn(how: 'mine' | 'theirs'): void {
    const { edit, held } = this;
    if (!edit || !held || !this.#draft) return;
    const whole = structuredClone(edit.whole);
    if (how === 'theirs') {
      for (const place of edit.contested) {
        const path = keysOf(held.playbook, place) ?? keysOf(whole, place);
        if (path) put(whole, path, structuredClone(at(held.playbook, path)));
      }
    }
    this.#base = held.changes;
    this.#draft = whole;
    this.#touched();
  }

  async save(): Promise<void> {
    if (this.saving || !this.#draft) return;
    clearTimeout(this.#timer);
    await this.#compare();
    const { edit, held } = this;
    if (!edit || !held || edit.problems.length > 0 || edit.theirs.length > 0 || edit.unsaved.length === 0)
      return;
    const before = held.changes;
    const body = await this.#put(edit.changes, held.version);
    if (!body) return;
    this.#draft = null;
    keepDraft(FORM, '');
    this.#saidSaved(w.save.saved(body.version), before, body.version);
    await this.#compare();
  }

  /** An older version holds again, as a new one. */
  async restore(version: number): Promise<boolean> {
    const held = this.held;
    if (this.saving || !held) return false;
    try {
      const { changes } = await live.call('playbook_version', { version });
      const body = await this.#put(changes, held.version);
      if (body) this.#saidSaved(w.history.restored(version, body.version), held.changes, body.version);
      await this.#compare();
      return body !== null;
    } catch (error) {
      this.error = CallError.from(error, words.errors.coreLost).words;
      return false;
    }
  }

  #saidSaved(said: string, before: PlaybookChanges, version: number): void {
    this.said = {
      words: said,
      undo: async () => {
        const undone = await this.#put(before, version);
        if (undone) this.said = { words: w.save.undone(undone.version) };
        await this.#compare();
      },
    };
  }

  async #put(changes: PlaybookChanges, expected: number): Promise<PlaybookBody | null> {
    this.saving = true;
    this.error = null;
    try {
      const body = await live.call('playbook_save', { changes, expected });
      if (body.version > (livePlaybook.state?.version ?? 0)) this.#saved = body;
      return body;
    } catch (error) {
      const { code, words: said } = CallError.from(error, words.errors.coreLost);
      this.#stale = code === 'stale';
      this.error = this.#stale ? w.save.stale : said;
      return null;
    } finally {
      this.saving = false;
    }
  }

  #touched(): void {
    if (this.#draft)
      keepDraft(
        FORM,
        JSON.stringify({ base: this.#base, draft: $state.snapshot(this.#draft) } satisfies Kept),
      );
    this.error = null;
    // What is being answered is about the edit before: it must not take this one for none.
    this.#asked++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#compare(), PAUSE_MS);
  }

  async #compare(): Promise<void> {
    const { held } = this;
    if (!held) return;
    const asked = ++this.#asked;
    const editing = this.#draft !== null;
    try {
      const edit = await live.call('playbook_edit', {
        base: editing ? this.#base : held.changes,
        draft: editing ? ($state.snapshot(this.#draft) as Playbook) : held.playbook,
      });
      if (asked !== this.#asked) return;
      this.edit = edit;
      if (this.#stale && (edit.theirs.length > 0 || !editing)) {
        this.#stale = false;
        this.error = null;
      }
      // Nothing of one's own: what others saved is simply there, and the next look begins with it.
      if (this.#draft && edit.theirs.length > 0 && edit.unsaved.length === 0 && edit.problems.length === 0) {
        this.#base = held.changes;
        this.#draft = structuredClone(held.playbook);
        keepDraft(FORM, '');
        await this.#compare();
      } else if (this.#draft && edit.unsaved.length === 0 && edit.problems.length === 0) keepDraft(FORM, '');
    } catch (error) {
      if (asked === this.#asked) this.error = CallError.from(error, words.errors.coreLost).words;
    }
  }
}

export const editor = new PlaybookEditor();
