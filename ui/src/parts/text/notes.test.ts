import { EditorState } from '@codemirror/state';
import { expect, it } from 'vitest';
import { commentedField, pointedField, setCommented, setPointed } from './notes';

const marked = (state: EditorState): string[] => {
  const found: string[] = [];
  state.field(pointedField).between(0, state.doc.length, (from, to) => {
    found.push(state.doc.sliceString(from, to));
  });
  return found;
};

it('marks what still says the same, and moves with the text', () => {
  let state = EditorState.create({ doc: 'Ben should have looked.', extensions: [pointedField] });
  const point = (from: number, to: number, text: string) =>
    (state = state.update({ effects: setPointed.of([{ from, to, text }]) }).state);
  point(0, 15, 'Ben should have');
  expect(marked(state)).toEqual(['Ben should have']);
  state = state.update({ changes: { from: 0, insert: 'Obviously, ' } }).state;
  expect(marked(state)).toEqual(['Ben should have']);
  point(0, 15, 'Ben should have');
  expect(marked(state)).toEqual([]);
  point(0, 400, 'beyond the end');
  expect(marked(state)).toEqual([]);
});

it('keeps what is commented on apart from what is pointed at', () => {
  let state = EditorState.create({ doc: 'The queue filled up.', extensions: [pointedField, commentedField] });
  state = state.update({ effects: setCommented.of([{ from: 4, to: 9, text: 'queue' }]) }).state;
  expect(marked(state)).toEqual([]);
  state = state.update({ changes: { from: 0, insert: 'At 14:02: ' } }).state;
  const found: string[] = [];
  state.field(commentedField).between(0, state.doc.length, (from, to, mark) => {
    found.push(`${state.doc.sliceString(from, to)} ${mark.spec.class}`);
  });
  expect(found).toEqual(['queue commented']);
});
