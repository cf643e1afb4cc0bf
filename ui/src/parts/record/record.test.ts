import { expect, it } from 'vitest';
import type { FieldVersion, Standing } from '../../host/types';
import { overruled, standingOf } from './record';

const version = (counter: number, value: string, standing: Standing): FieldVersion => ({
  write: { writer: 'w', counter },
  value,
  author: 'ana',
  at: '2026-11-25T02:13:00Z',
  pending: false,
  standing,
});

it('what was written at the same time and is not what stands waits for a decision', () => {
  const all = [version(2, 'train', 'current'), version(1, 'office', 'overruled')];
  expect(overruled(all).map((v) => v.value)).toEqual(['office']);
});

it('a restored or a kept value settles it', () => {
  const restored = [
    version(3, 'office', 'current'),
    version(2, 'train', 'replaced'),
    version(1, 'office', 'overruled'),
  ];
  expect(overruled(restored)).toEqual([]);
  expect(standingOf(restored[2]!, restored)).toBe('replaced');
  const kept = [
    version(3, 'train', 'current'),
    version(2, 'train', 'overruled'),
    version(1, 'office', 'replaced'),
  ];
  expect(overruled(kept)).toEqual([]);
});
