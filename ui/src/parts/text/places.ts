import { EditorView } from '@codemirror/view';

/** A place in a text that stays between its letters while somebody types. */
export type Place = { at: number };

/** The places of one text that somebody still means to put something at. */
export class Places {
  #meant = new Set<Place>();

  /** What the editor needs. */
  readonly extension = EditorView.updateListener.of(({ changes }) => {
    for (const place of this.#meant) place.at = changes.mapPos(place.at, -1);
  });

  /** Where the cursor is now. To be let go of with `leave`. */
  here(view: EditorView): Place {
    const place = { at: view.state.selection.main.from };
    this.#meant.add(place);
    return place;
  }

  leave(place: Place): void {
    this.#meant.delete(place);
  }

  /** Puts a text at a place, which is behind it then. `text` is told the line before the place, and what ends before that. */
  insertAt(view: EditorView, place: Place, text: (before: string) => string): void {
    const { doc, selection } = view.state;
    const { at } = place;
    const said = text(doc.sliceString(Math.max(0, doc.lineAt(at).from - 2), at));
    const goesAlong = selection.main.empty && selection.main.from === at;
    view.dispatch({
      changes: { from: at, insert: said },
      ...(goesAlong ? { selection: { anchor: at + said.length } } : {}),
      userEvent: 'input.paste',
    });
    place.at = at + said.length;
  }
}
