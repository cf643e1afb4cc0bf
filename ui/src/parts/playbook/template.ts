import { RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view';

/** Lines that something is wrong with, from 1. */
export const setWrong = StateEffect.define<readonly number[]>();

const wrong = Decoration.line({ class: 'wrong' });

export const wrongLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setWrong)) continue;
      const builder = new RangeSetBuilder<Decoration>();
      const { doc } = transaction.state;
      for (const n of [...new Set(effect.value)].toSorted((a, b) => a - b)) {
        const at = doc.line(Math.min(Math.max(n, 1), doc.lines)).from;
        builder.add(at, at, wrong);
      }
      next = builder.finish();
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const tags = new MatchDecorator({
  regexp: /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/g,
  decoration: (match) =>
    Decoration.mark({
      class: match[0].startsWith('{{') ? 'variable' : match[0].startsWith('{#') ? 'remark' : 'tag',
    }),
});

/** Variables and tags stand out from the words of the update. */
export const templateTags = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = tags.createDeco(view);
    }
    update(update: ViewUpdate) {
      this.decorations = tags.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
