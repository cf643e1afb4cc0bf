import { expect, it } from 'vitest';
import type { WouldRing } from '../../host/types';
import { ringsWords } from './rings';

const none: WouldRing = { people: [], spares_me: false, from: null, by_default: false, nobody: null };
const said = (more: Partial<WouldRing>) =>
  ringsWords(
    { ...none, ...more },
    (id) => id,
    () => 'Mon 09:00',
  );

it('says whom declaring it rings, and who has it when that is nobody else', () => {
  expect(said({ people: ['Ben', 'Chi'] })).toBe('Rings Ben and Chi at once.');
  expect(said({ people: ['Ben'], from: 'x' })).toBe('Rings Ben from Mon 09:00 on.');
  expect(said({ people: ['Ben'], spares_me: true, by_default: true })).toBe(
    'No service is chosen: the policy “default” rings. Rings Ben at once. You are not rung for it.',
  );
  expect(said({ spares_me: true })).toContain('you have it');
  expect(said({})).toContain('stands for nobody');
  expect(said({ nobody: 'no_service' })).toContain('Choose one, or page people');
});
