import {
  autocompletion,
  closeCompletion,
  completionStatus,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { Prec } from '@codemirror/state';
import { keymap, type Command } from '@codemirror/view';

/** `@` and the beginning of a name, right before a place. */
const BEGUN = /(?:^|[^\p{L}\p{N}])@((?:[\p{L}\p{N}’'.-]+ ?){0,3})$/u;
/** Names that are offered at once in a form. */
const MOST = 5;

/** What was begun before a place, without the `@`; `null`: no name. */
export const begun = (before: string): string | null => BEGUN.exec(before)?.[1] ?? null;

/** Names that begin so, or have a part that does. */
export const offered = (names: readonly string[], start: string): string[] => {
  const wanted = start.toLowerCase();
  const fits = (name: string) => name.toLowerCase().startsWith(wanted);
  const inside = (name: string) => name.split(' ').some(fits);
  return [...names.filter(fits), ...names.filter((name) => !fits(name) && inside(name))].slice(0, MOST);
};

/** In an editor: the people of the team behind an `@`. The whole name is written at once, which is what tells them. */
export const mentions = (names: () => readonly string[]) =>
  autocompletion({
    icons: false,
    override: [
      (context: CompletionContext): CompletionResult | null => {
        const line = context.state.doc.lineAt(context.pos);
        const start = begun(line.text.slice(0, context.pos - line.from));
        if (start === null) return null;
        const options = offered(names(), start).map((name) => ({ label: `@${name}`, apply: `@${name} ` }));
        return { from: context.pos - start.length - 1, options, filter: false };
      },
    ],
  });

/** Escape closes the names that are offered, or else leaves. Names that are only looked for keep nobody. */
export const escape = (leave: Command) =>
  Prec.highest(
    keymap.of([
      {
        key: 'Escape',
        run: (view) => (completionStatus(view.state) === 'active' ? closeCompletion(view) : leave(view)),
      },
    ]),
  );
