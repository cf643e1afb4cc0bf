import { tick } from 'svelte';

/**
 * To be called where a list is set up: a row that changes its place is taken out and put in again, and whatever had the
 * focus in it loses it. It has it again here, or else the next letters would be commands. `order`: of the rows.
 */
export function keepFocus(order: () => unknown): void {
  let had: Element | null = null;
  $effect.pre(() => {
    order();
    had = document.activeElement;
  });
  $effect(() => {
    order();
    if (had instanceof HTMLElement && had.isConnected && document.activeElement === document.body)
      had.focus();
  });
}

/** Said when a field loses the focus: whether the person has left it, and not only its row has moved. */
export async function isLeft(field: Element | null): Promise<boolean> {
  await tick();
  return document.activeElement !== field || !document.hasFocus();
}
