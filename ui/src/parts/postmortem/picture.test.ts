import { describe, expect, it } from 'vitest';
import { pictureText } from './picture';

describe('a picture in a section', () => {
  const graph = { hash: 'a1', name: 'graph.png' };

  it('stands on a line of its own', () => {
    expect(pictureText(graph, '')).toBe('![graph.png](attachment:a1)\n\n');
    expect(pictureText(graph, 'Errors rose.')).toBe('\n\n![graph.png](attachment:a1)\n\n');
    expect(pictureText(graph, 'Errors rose.\n')).toBe('\n![graph.png](attachment:a1)\n\n');
    expect(pictureText(graph, 'Errors rose.\n\n')).toBe('![graph.png](attachment:a1)\n\n');
  });

  it('stays within the row, the item or the quotation that it was pasted into', () => {
    expect(pictureText(graph, '\n\n| one |')).toBe(' ![graph.png](attachment:a1) ');
    expect(pictureText(graph, '\n- then ')).toBe('![graph.png](attachment:a1) ');
    expect(pictureText(graph, '.\n2. then')).toBe(' ![graph.png](attachment:a1) ');
    expect(pictureText(graph, '> they said')).toBe(' ![graph.png](attachment:a1) ');
    expect(pictureText(graph, '- an item\nand on')).toBe('\n\n![graph.png](attachment:a1)\n\n');
  });

  it('has a name that ends no bracket', () => {
    expect(pictureText({ hash: 'a1', name: 'a](b)[c\\' }, '')).toBe('![a (b) c](attachment:a1)\n\n');
  });
});
