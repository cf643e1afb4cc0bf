import { EditorView } from '@codemirror/view';
import type { Session } from '../../live/collab';
import type { Pointed } from './notes';

/** The words that are selected in a text, with the version of it that has them. */
export type Selected = Pointed & { version: number };

/** `null`: no words are selected, or the core does not have the text as it is here. */
export function selectedIn(view: EditorView, session: Session): Selected | null {
  if (session.unpushed) return null;
  const { from, to } = view.state.selection.main;
  return from < to ? { from, to, text: view.state.sliceDoc(from, to), version: session.version } : null;
}

/** Selects a passage and shows it. */
export function showPassage(view: EditorView, from: number, to: number): void {
  const end = view.state.doc.length;
  view.focus();
  view.dispatch({
    selection: { anchor: Math.min(from, end), head: Math.min(to, end) },
    effects: EditorView.scrollIntoView(Math.min(from, end), { y: 'center' }),
  });
}

/** Puts a text behind what is selected, and the cursor behind that. */
export function insertBehind(view: EditorView, text: string): void {
  const { to } = view.state.selection.main;
  view.dispatch({
    changes: { from: to, insert: text },
    selection: { anchor: to + text.length },
    userEvent: 'input',
    scrollIntoView: true,
  });
  view.focus();
}
