import { beforeEach, describe, expect, it } from 'vitest';
import { Keymap, type Press } from './keymap';

const bindings = ['a', 'g h', 'g p', 'ctrl+k', '?', 'j', 'Enter', 'Escape'];
let now: number;
let keymap: Keymap;
const press = (key: string, more: Partial<Press> = {}) =>
  keymap.press(
    { key, ctrl: false, alt: false, repeat: false, inField: false, onControl: false, ...more },
    bindings,
  );

beforeEach(() => {
  now = 0;
  keymap = new Keymap(() => now);
});

describe('keys', () => {
  it('one letter is one command', () => {
    expect(press('a')).toBe('a');
    expect(press('A')).toBe('a');
    expect(press('?')).toBe('?');
    expect(press('q')).toBeNull();
  });

  it('g and then a letter goes somewhere', () => {
    expect(press('g')).toBe('waiting');
    expect(press('h')).toBe('g h');
    expect(press('h')).toBeNull();
  });

  it('a letter after g that leads nowhere does nothing, not its own command', () => {
    expect(press('g')).toBe('waiting');
    expect(press('a')).toBeNull();
    expect(press('a')).toBe('a');
  });

  it('g is forgotten after a moment', () => {
    press('g');
    now = 2_000;
    expect(press('a')).toBe('a');
  });

  it('letters never act while a field has the focus', () => {
    for (const key of ['a', 'g', 'h', 'j', '?', 'Enter']) expect(press(key, { inField: true })).toBeNull();
    expect(press('k', { inField: true, ctrl: true })).toBe('ctrl+k');
    expect(press('Escape', { inField: true })).toBe('Escape');
  });

  it('a held key only moves', () => {
    expect(press('a', { repeat: true })).toBeNull();
    expect(press('j', { repeat: true })).toBe('j');
  });

  it('leaves Enter to a button that has the focus, and letters with Alt or Ctrl to the system', () => {
    expect(press('Enter', { onControl: true })).toBeNull();
    expect(press('a', { ctrl: true })).toBeNull();
    expect(press('a', { alt: true })).toBeNull();
    expect(press('Shift')).toBeNull();
  });
});
