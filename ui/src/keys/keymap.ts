/** From a key press to a command. Pure: the registry and the screen stand elsewhere. */

export type Press = {
  key: string;
  ctrl: boolean;
  alt: boolean;
  repeat: boolean;
  /** The focus is in a field that takes text. */
  inField: boolean;
  /** The focus is on something that Enter and Space already mean something to. */
  onControl: boolean;
};

/** How long `g` waits for its second letter, in milliseconds. */
export const SEQUENCE_MS = 1_200;

/** `ctrl+k` (⌘ on a Mac counts as ctrl), `a`, `?`, `Enter`. `null` for a modifier alone or one we never use. */
export function nameOf(press: Press): string | null {
  if (press.alt || ['Control', 'Shift', 'Alt', 'Meta', 'Dead', 'Process'].includes(press.key)) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return press.ctrl ? `ctrl+${key}` : key;
}

export class Keymap {
  #prefix: { key: string; at: number } | null = null;

  constructor(private readonly clock: () => number) {}

  /**
   * The binding (one of `bindings`) that this press completes. A letter that begins a longer binding is kept and
   * answers `waiting`.
   */
  press(press: Press, bindings: readonly string[]): string | 'waiting' | null {
    const name = nameOf(press);
    if (name === null) return null;
    const prefix = this.#prefix && this.clock() - this.#prefix.at <= SEQUENCE_MS ? this.#prefix.key : null;
    this.#prefix = null;
    const chord = name.startsWith('ctrl+') || name === 'Escape';
    if (press.inField && !chord) return null;
    if (press.repeat && !['j', 'k', 'ArrowDown', 'ArrowUp'].includes(name)) return null;
    if (press.onControl && name === 'Enter') return null;
    if (prefix !== null) return bindings.find((b) => b === `${prefix} ${name}`) ?? null;
    if (bindings.includes(name)) return name;
    if (bindings.some((b) => b.startsWith(`${name} `))) {
      this.#prefix = { key: name, at: this.clock() };
      return 'waiting';
    }
    return null;
  }
}

/** Does this element take text, so that letters belong to it? */
export function isField(element: Element | null): boolean {
  if (!element) return false;
  if (element instanceof HTMLElement && element.isContentEditable) return true;
  if (element instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit'].includes(element.type);
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
}

/** Does Enter already mean something here? */
export function isControl(element: Element | null): boolean {
  return (
    element !== null &&
    element.closest('button, a, summary, select, [role="button"], [role="option"]:not([data-list])') !== null
  );
}
