/** What lies over the screen: one thing at a time. */
export type Overlay =
  | { kind: 'palette' }
  | { kind: 'keys' }
  | { kind: 'snooze'; page: string }
  | { kind: 'reassign'; page: string }
  | { kind: 'note'; page: string }
  | { kind: 'resolve'; page: string };

class OverlayState {
  open = $state.raw<Overlay | null>(null);

  show(overlay: Overlay): void {
    this.open = overlay;
  }

  close(): void {
    this.open = null;
  }
}

export const overlay = new OverlayState();
