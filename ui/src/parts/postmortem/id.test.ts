import { expect, it } from 'vitest';
import { hyphened, newId } from './id';

it('is a UUID of version 7 that sorts by time', () => {
  for (let n = 0; n < 100; n++) {
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(hyphened(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(newId(1_000) < newId(2_000)).toBe(true);
});
