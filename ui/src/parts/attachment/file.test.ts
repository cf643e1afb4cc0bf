import { describe, expect, it } from 'vitest';
import { LARGE, nameOf, roomOf, textOf, wrongWith } from './file';

describe('a file that is attached', () => {
  it('is refused with its size and what to do when it is too large', () => {
    expect(wrongWith({ name: 'graph.png', size: 10 << 20 })).toBeNull();
    expect(wrongWith({ name: 'film.png', size: (10 << 20) + 1 })).toContain('film.png has 10.1 MiB');
  });

  it('has a name also when it comes from the clipboard', () => {
    expect(nameOf({ name: 'image.png' }, 2)).toBe('pasted-2.png');
    expect(nameOf({ name: 'graph.png' }, 2)).toBe('graph.png');
  });

  it('keeps its place free before its bytes are here, whatever its shape', () => {
    expect(roomOf(640, 480)).toEqual({ width: 213, height: 160 });
    expect(roomOf(4_000, 400)).toEqual({ width: 320, height: 32 });
    expect(roomOf(4_000, 400, LARGE)).toEqual({ width: 640, height: 64 });
    expect(roomOf(10, 10)).toEqual({ width: 24, height: 24 });
    expect(roomOf(undefined, undefined)).toEqual({ width: 240, height: 120 });
  });

  it('is read as text without the colours of a terminal', () => {
    expect(textOf(btoa('HTTP \u001b[31m500\u001b[0m\n<b>'))).toBe('HTTP 500\n<b>');
  });
});
