import { CallError } from '../../host';
import type { Audience, Composed, ComposedText, SentUpdate } from '../../host/types';
import { draft, keepDraft } from '../../live/drafts';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';
import { begun, chosenOf, fieldsOf, readDraft, toldBy, writtenIn, type FieldName, type Form } from './form';

/** After the last key, in milliseconds, until the core is asked what it makes of it. */
const PAUSE_MS = 120;

/** An update while it is written. Typing never waits for the core; of its answers the latest counts. */
export class Composing {
  form = $state.raw<Form | null>(null);
  /** What the core last made of it. */
  composed = $state.raw<Composed | null>(null);
  /** The core could not say. */
  trouble = $state<string | null>(null);
  sending = $state(false);
  /** Why it was not sent. */
  refused = $state<string | null>(null);
  /** Marked words that were pointed out when it was to be sent: sending it once more sends them as they are. */
  asking = $state.raw<string[] | null>(null);

  /** The form that `composed` was made of. */
  #madeOf: Form | null = null;
  #begin: string | null = null;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #key: string;

  constructor(
    readonly incident: string,
    readonly corrects: string | null,
  ) {
    this.#key = corrects ? `update:${corrects}` : `update:of:${incident}`;
    this.form = readDraft(draft(this.#key));
  }

  /** Starts following the incident; returns how to stop. */
  follow(): () => void {
    void this.compose();
    const stop = live.onChange((change) => {
      const mine = change.topic === 'incident' && change.incident === this.incident;
      if (mine || ['library', 'playbook', 'state', 'found'].includes(change.topic)) void this.compose();
    });
    return () => {
      stop();
      clearTimeout(this.#timer);
    };
  }

  edit(change: Partial<Form>): void {
    if (!this.form) return;
    this.asking = null;
    this.form = { ...this.form, ...change };
    this.#keep();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.compose(), PAUSE_MS);
  }
  field(name: FieldName, text: string): void {
    if (this.form) this.edit({ fields: { ...this.form.fields, [name]: text } });
  }
  /** `read`: whoever wrote it has the whole text before them, and what the fields say now is known to them. */
  write(audience: Audience, text: string, { read = true } = {}): void {
    if (!this.form) return;
    const made = this.text(audience);
    const now = made?.from_template ?? made?.text ?? '';
    const over = read ? now : (this.form.written[audience]?.over ?? now);
    this.edit({ written: { ...this.form.written, [audience]: { text, over } } });
  }
  backToTemplate(audience: Audience): void {
    if (!this.form) return;
    const written = { ...this.form.written };
    delete written[audience];
    this.edit({ written });
    // In sight at once, without waiting for the core.
    const made = this.text(audience)?.from_template;
    if (this.composed && typeof made === 'string')
      this.composed = {
        ...this.composed,
        texts: this.composed.texts.map((t) =>
          t.audience === audience ? { ...t, text: made, from_template: null, findings: [] } : t,
        ),
      };
  }
  choose(audience: Audience, is: boolean): void {
    const chosen = this.chosen;
    this.edit({ audiences: is ? [...chosen, audience] : chosen.filter((a) => a !== audience) });
  }

  get chosen(): Audience[] {
    return this.form && this.composed ? chosenOf(this.form, this.composed) : [];
  }
  text(audience: Audience): ComposedText | undefined {
    return this.composed?.texts.find((t) => t.audience === audience);
  }
  /** As it would be sent: what was typed, before the core has looked at it. */
  shown(audience: Audience): string {
    return this.form?.written[audience]?.text ?? this.text(audience)?.text ?? '';
  }

  /** Somebody else sent an update after this one was begun; one's own that waited for the team is no news. */
  get meanwhile(): SentUpdate | null {
    const last = this.composed?.last ?? null;
    const isNews = last && this.form && last.update.id !== this.form.seen && last.by !== live.me;
    return isNews ? last : null;
  }
  takeTheirs(): void {
    const theirs = this.meanwhile;
    if (!theirs || !this.form) return;
    this.edit({
      fields: fieldsOf(theirs.update.told),
      aside: this.form.aside ?? this.form.fields,
      seen: theirs.update.id,
    });
  }
  keepMine(): void {
    if (this.meanwhile) this.edit({ seen: this.meanwhile.update.id });
  }
  backToMine(): void {
    if (this.form?.aside) this.edit({ fields: this.form.aside, aside: null });
  }

  /** The words that are marked in what goes out, each once. */
  get marked(): string[] {
    const words = this.chosen.flatMap((audience) => {
      const { text = '', findings = [] } = this.text(audience) ?? {};
      return findings.map((f) => text.slice(f.start, f.end));
    });
    return [...new Set(words)];
  }

  /** The first audience that would get nothing. */
  get empty(): Audience | null {
    return this.chosen.find((a) => this.shown(a).trim() === '') ?? null;
  }

  async compose(): Promise<void> {
    clearTimeout(this.#timer);
    const mine = ++this.#asked;
    const form = this.form;
    try {
      const composed = await live.call('update_compose', {
        incident: this.incident,
        told: form && toldBy(form),
        written: form ? writtenIn(form) : {},
        next: form?.next ?? { is: 'cadence' },
        corrects: this.corrects,
      });
      if (mine !== this.#asked) return;
      this.trouble = null;
      this.composed = composed;
      if (!form) {
        this.form = begun(composed);
        this.#begin = JSON.stringify(this.form);
        this.#madeOf = this.form;
      } else this.#madeOf = form;
      // Somebody else made what was chosen impossible, or did it.
      if (this.form?.status && composed.told.status === null && this.#madeOf === this.form)
        this.form = this.#madeOf = { ...this.form, status: null };
    } catch (error) {
      if (mine === this.#asked) this.trouble = CallError.from(error, words.errors.coreLost).words;
    }
  }

  /** Sends exactly what is shown. False: it was not sent, and every word is still here. */
  async send(): Promise<boolean> {
    if (this.sending) return false;
    this.sending = true;
    this.refused = null;
    try {
      // What was typed last is in what goes out.
      while (this.#madeOf !== this.form && !this.trouble) await this.compose();
      const why = this.#mistake();
      if (why !== null || !this.composed) {
        this.refused = why;
        return false;
      }
      if (!this.#wasAsked(this.marked)) return false;
      const texts: { [audience in Audience]?: string } = {};
      for (const audience of this.chosen) texts[audience] = this.shown(audience);
      await live.call('update_send', {
        incident: this.incident,
        told: this.composed.told,
        texts,
        corrects: this.corrects,
      });
      keepDraft(this.#key, '');
      return true;
    } catch (error) {
      this.refused = CallError.from(error, words.errors.coreLost).words;
      return false;
    } finally {
      this.sending = false;
    }
  }

  #mistake(): string | null {
    const w = words.update;
    if (this.trouble) return this.trouble;
    if (this.composed?.refused) return this.composed.refused;
    if (this.composed?.next_trouble) return w.nextWrong;
    if (this.chosen.length === 0) return w.nobody;
    return this.empty ? w.emptyText(words.incident.audiences[this.empty]) : null;
  }

  /** False: words are marked, and this is the first time that it is said which. */
  #wasAsked(marked: string[]): boolean {
    const before = this.asking;
    if (marked.every((word) => before?.includes(word))) return true;
    this.asking = marked;
    return false;
  }

  #keep(): void {
    const kept = JSON.stringify(this.form);
    keepDraft(this.#key, kept === this.#begin ? '' : kept);
  }
}
