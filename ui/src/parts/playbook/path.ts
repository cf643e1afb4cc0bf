/** Where a value stands in the playbook: `['severities', 'SEV1', 'updates', 'every']`. */
export type Path = readonly string[];

/** As the core writes it, where it says what is different or wrong. */
export const dotted = (path: Path): string => path.join('.');

/** The value at a path; nothing when a part of the way is missing. */
export function at(thing: unknown, path: Path): unknown {
  let here = thing;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** Sets the value in place, or takes it away. False: there is no place for it. */
export function put(thing: unknown, path: Path, value: unknown): boolean {
  const key = path.at(-1);
  const parent = at(thing, path.slice(0, -1));
  if (key === undefined || typeof parent !== 'object' || parent === null) return false;
  if (value === undefined) Reflect.deleteProperty(parent, key);
  else (parent as Record<string, unknown>)[key] = value;
  return true;
}

/** The keys of a dotted path, as they are in this thing: a key may have dots of its own. */
export function keysOf(thing: unknown, path: string): Path | null {
  if (typeof thing !== 'object' || thing === null) return null;
  for (const key of Object.keys(thing)) {
    if (path === key) return [key];
    if (!path.startsWith(`${key}.`)) continue;
    const rest = keysOf((thing as Record<string, unknown>)[key], path.slice(key.length + 1));
    if (rest) return [key, ...rest];
  }
  return null;
}

/** `path` is the place, or lies in it: `a.b[2].c` lies in `a.b`. */
export const isWithin = (path: string, place: string): boolean =>
  path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);

/** The address of the section where a path of the core is edited: `section` or `section/part`. */
export function addressOf(path: string): string {
  const [section = '', second = '', third = '', fourth = ''] = path.split('.');
  switch (section) {
    case 'severities':
      return `severities/${second}`;
    case 'hand_over':
      return 'roles';
    case 'updates':
      if (second === 'templates') return `templates/${third}.${fourth}`;
      return second === 'no_news' ? 'templates/no_news' : 'updates';
    case 'public_text':
      return 'public';
    case 'runbooks':
      return 'closing';
    default:
      return section;
  }
}

/** The same of letters and `_` alone, 32 at most: the name of a section, which names its text for ever. */
export function lettersFor(text: string, taken: readonly string[]): string {
  const letters = slugFor(text, [])
    .replace(/[0-9]+/g, '_')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 26);
  const base = letters || 'section';
  let free = base;
  for (let n = 0; taken.includes(free); n += 1)
    free = `${base}_${String.fromCharCode(97 + (n % 26)).repeat(1 + Math.floor(n / 26))}`;
  return free;
}

/** An id nobody in the list has, made of what was written: `Purge the cache` → `purge_the_cache`. */
export function slugFor(text: string, taken: readonly string[]): string {
  const slug =
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 40) || 'item';
  let free = slug;
  for (let n = 2; taken.includes(free); n += 1) free = `${slug}_${n}`;
  return free;
}
