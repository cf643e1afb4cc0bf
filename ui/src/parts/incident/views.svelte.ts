import { draft, keepDraft } from '../../live/drafts';
import { words } from '../../words/en';
import { restored, same, type Wanted } from './filter';

export type View = { name: string; filter: Wanted };

/** Characters of a name, and how many views: what still can be read at a glance. */
const NAME_MAX = 40;
export const VIEWS_MAX = 20;
/** Where the core keeps them: encrypted, on this computer, until the person signs out. */
const FORM = 'views:incidents';

/** The views that the person saved. */
class Views {
  all = $state.raw<View[]>([]);
  #read = '';

  /** Reads what the core kept; to be called whenever the list is shown, for the core may only have opened its store now. */
  load(): void {
    const kept = draft(FORM);
    if (kept === this.#read) return;
    this.#read = kept;
    this.all = parse(kept);
  }

  /** What is wrong with a name; null when nothing is. */
  wrong(name: string): string | null {
    const w = words.incidents.views;
    const said = name.trim();
    if (said === '') return w.nameEmpty;
    const over = [...said].length - NAME_MAX;
    if (over > 0) return w.nameLong(over);
    const taken = [w.open, w.all, ...this.all.map((v) => v.name)];
    if (taken.some((t) => t.toLowerCase() === said.toLowerCase())) return w.nameTaken(said);
    return this.all.length >= VIEWS_MAX ? w.tooMany(VIEWS_MAX) : null;
  }

  add(name: string, filter: Wanted, at = this.all.length): void {
    this.#keep(this.all.toSpliced(at, 0, { name: name.trim(), filter }));
  }

  change(name: string, filter: Wanted): void {
    this.#keep(this.all.map((v) => (v.name === name ? { name, filter } : v)));
  }

  /** Gives back what is needed to undo it. */
  remove(name: string): { view: View; at: number } | null {
    const at = this.all.findIndex((v) => v.name === name);
    const view = this.all[at];
    if (!view) return null;
    this.#keep(this.all.toSpliced(at, 1));
    return { view, at };
  }

  named(name: string | null): View | undefined {
    return this.all.find((v) => v.name === name);
  }

  /** One that shows the same. */
  like(filter: Wanted): View | undefined {
    return this.all.find((v) => same(v.filter, filter));
  }

  #keep(all: View[]): void {
    this.all = all;
    this.#read = all.length === 0 ? '' : JSON.stringify(all);
    keepDraft(FORM, this.#read);
  }
}

function parse(kept: string): View[] {
  let all: unknown;
  try {
    all = JSON.parse(kept || '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(all)) return [];
  const names: string[] = [];
  return all
    .flatMap((view: unknown): View[] => {
      const { name, filter } = (view ?? {}) as { name?: unknown; filter?: unknown };
      if (typeof name !== 'string' || name.trim() === '' || names.includes(name)) return [];
      names.push(name);
      return [{ name: name.slice(0, NAME_MAX * 2), filter: restored(filter) }];
    })
    .slice(0, VIEWS_MAX);
}

export const views = new Views();
