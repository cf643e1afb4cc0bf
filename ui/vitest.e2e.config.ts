import { defineConfig } from 'vitest/config';

// One browser at a time: each test owns a server, a desktop core and a Chromium.
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
