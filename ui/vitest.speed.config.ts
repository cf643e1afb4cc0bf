import { defineConfig } from 'vitest/config';

// The window's speed: `npm run speed`, which `scripts/bench window` does.
export default defineConfig({
  test: {
    include: ['e2e/speed.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
});
