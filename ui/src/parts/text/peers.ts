import { StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import type { Peer } from '../../host/types';

/** Where others write: a caret with a name, and what they chose. It moves along with the text until they tell more. */
export const setPeers = StateEffect.define<Peer[]>();

const NAMED_MS = 4_000;

class Caret extends WidgetType {
  /** `at`: another place makes another caret, which says its name again. */
  constructor(
    private readonly name: string,
    private readonly at: number,
  ) {
    super();
  }
  override eq(other: Caret): boolean {
    return other.name === this.name && other.at === this.at;
  }
  toDOM(): HTMLElement {
    const caret = document.createElement('span');
    caret.className = 'peer-caret fresh';
    // The name lies on the line above: it is said when the caret comes, then only where the mouse asks.
    setTimeout(() => caret.classList.remove('fresh'), NAMED_MS);
    caret.setAttribute('aria-hidden', 'true');
    const name = caret.appendChild(document.createElement('span'));
    name.className = 'peer-name';
    name.textContent = this.name;
    return caret;
  }
  override get estimatedHeight(): number {
    return -1;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

function draw(peers: readonly Peer[], length: number): DecorationSet {
  const clamp = (at: number) => Math.max(0, Math.min(length, at));
  const all = peers.flatMap((peer) => {
    const [anchor, head] = [clamp(peer.selection[0]), clamp(peer.selection[1])];
    const caret = Decoration.widget({ widget: new Caret(peer.name, head), side: 1 }).range(head);
    const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
    return from === to ? [caret] : [Decoration.mark({ class: 'peer-chosen' }).range(from, to), caret];
  });
  return Decoration.set(all, true);
}

export const peersField: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(drawn, transaction) {
    let next = drawn.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(setPeers)) next = draw(effect.value, transaction.newDoc.length);
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});
