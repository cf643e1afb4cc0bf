import { defineConfig } from 'vitest/config';

// Two files at a time: each owns a Chromium, and many of them a server and the cores of desktops.
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
