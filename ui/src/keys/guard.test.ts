import { beforeEach, describe, expect, it } from 'vitest';
import { FocusGuard } from './guard';

let now: number;
let guard: FocusGuard;
const press = () => guard.judge({ repeat: false });

beforeEach(() => {
  now = 5_000;
  guard = new FocusGuard(() => now);
});

describe('somebody types while the pager window appears', () => {
  it('keys do nothing without the focus, however long it has been there', () => {
    now += 60_000;
    expect(press()).toBe('not_yet');
    expect(guard.left()).toBeNull();
  });

  it('keys count after 600 ms of focus and not a millisecond earlier', () => {
    guard.focused();
    expect(press()).toBe('not_yet');
    now += 599;
    expect(press()).toBe('not_yet');
    expect(guard.left()).toBe(1);
    now += 1;
    expect(press()).toBe('counts');
  });

  it('a key before that does not shorten or lengthen the wait', () => {
    guard.focused();
    for (let i = 0; i < 6; i++) {
      expect(press()).toBe('not_yet');
      now += 100;
    }
    expect(press()).toBe('counts');
  });

  it('each new focus starts the wait again', () => {
    guard.focused();
    now += 10_000;
    expect(press()).toBe('counts');
    guard.focused();
    expect(press()).toBe('not_yet');
    guard.blurred();
    now += 10_000;
    expect(press()).toBe('not_yet');
    guard.focused();
    now += 600;
    expect(press()).toBe('counts');
  });

  it('a key held down since before never counts', () => {
    guard.focused();
    now += 5_000;
    expect(guard.judge({ repeat: true })).toBe('held_down');
  });

  it('a second press meant for the first page does not acknowledge the next one', () => {
    guard.focused();
    now += 5_000;
    expect(press()).toBe('counts');
    guard.pageChanged();
    now += 200;
    expect(press()).toBe('not_yet');
    now += 400;
    expect(press()).toBe('counts');
  });

  it('another page without the focus gives no focus', () => {
    guard.pageChanged();
    now += 10_000;
    expect(press()).toBe('not_yet');
  });
});
