import { expect, it } from 'vitest';
import { chooseShown } from './shown';

it('a worse page that starts to ring does not take the place of the one being read', () => {
  expect(chooseShown('first', ['worse', 'first'], ['worse', 'first'])).toBe('first');
});
it('an acknowledged page stays, so that the person sees that they have it', () => {
  expect(chooseShown('first', [], ['first'])).toBe('first');
});
it('a page that ended makes room for the next that rings', () => {
  expect(chooseShown('first', ['second'], ['second'])).toBe('second');
  expect(chooseShown('first', [], ['second'])).toBeNull();
});
it('nothing on the screen shows the first that rings', () => {
  expect(chooseShown(null, ['one', 'two'], ['one', 'two'])).toBe('one');
});
