import { Decoration, EditorView, MatchDecorator, ViewPlugin, type DecorationSet } from '@codemirror/view';

/** The address of a picture, in the brackets of Markdown. */
const ADDRESS = /(?<=\]\()attachment:[0-9a-f]{64}(?=\))/g;

const matcher = new MatchDecorator({ regexp: ADDRESS, decoration: () => Decoration.replace({}) });

/** Nobody reads 64 digits: the brackets stay, and what is in them is passed over in one step. */
export const pictures = ViewPlugin.fromClass(
  class {
    hidden: DecorationSet;
    constructor(view: EditorView) {
      this.hidden = matcher.createDeco(view);
    }
    update(update: Parameters<MatchDecorator['updateDeco']>[0]) {
      this.hidden = matcher.updateDeco(update, this.hidden);
    }
  },
  {
    decorations: (plugin) => plugin.hidden,
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.hidden ?? Decoration.none),
  },
);
