import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';

/** A passage that is pointed at, by its place in UTF-16 units and the words that stood there. */
export type Pointed = { from: number; to: number; text: string };

/** Passages move with the text; one whose words have changed since it was looked at is not marked. */
function passages(look: string) {
  const set = StateEffect.define<readonly Pointed[]>();
  const mark = Decoration.mark({ class: look });
  const field = StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(marks, transaction) {
      let now = marks.map(transaction.changes);
      for (const effect of transaction.effects)
        if (effect.is(set)) {
          const doc = transaction.state.doc;
          const fits = effect.value.filter(
            ({ from, to, text }) => to <= doc.length && from < to && doc.sliceString(from, to) === text,
          );
          now = Decoration.set(
            fits.map(({ from, to }) => mark.range(from, to)),
            true,
          );
        }
      return now;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  return [field, set] as const;
}

/** What the language check points at. */
export const [pointedField, setPointed] = passages('pointed');
/** What somebody says something about. */
export const [commentedField, setCommented] = passages('commented');
