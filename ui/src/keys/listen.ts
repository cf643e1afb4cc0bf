import { overlay } from '../live/overlay.svelte';
import { commands } from './commands.svelte';
import { Keymap, isControl, isField } from './keymap';

/** Judges a key before it counts; `false` swallows it. The pager window sets one. */
type Gate = (event: KeyboardEvent) => boolean;
let gate: Gate | null = null;

export function setGate(next: Gate): () => void {
  gate = next;
  return () => {
    if (gate === next) gate = null;
  };
}

/** The one place that listens to the keyboard. */
export function listenToKeys(): void {
  const keymap = new Keymap(() => performance.now());
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener(
    'keydown',
    (event) => {
      if (event.isComposing) return;
      if (gate && !gate(event)) return swallow(event);
      // A dialog has the keyboard for itself.
      if (overlay.open) return;
      const focused = document.activeElement;
      // A field that is edited in place is left by Escape; the screen stays.
      if (event.key === 'Escape' && focused?.closest('[data-escape]')) return;
      const bindings = commands.all.flatMap((c) => c.keys);
      const pressed = keymap.press(
        {
          key: event.key,
          ctrl: event.ctrlKey || event.metaKey,
          alt: event.altKey,
          repeat: event.repeat,
          inField: isField(focused),
          onControl: isControl(focused),
        },
        bindings,
      );
      if (pressed === null || pressed === 'waiting') return;
      swallow(event);
      commands.keyed(pressed)?.run();
    },
    { capture: true },
  );
}
