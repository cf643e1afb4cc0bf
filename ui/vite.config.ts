import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The oldest engines that draw this window: WebKitGTK 2.44 (Safari 17.5) and the Chromium of the browser tests.
export default defineConfig({
  plugins: [svelte()],
  base: './',
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: { target: ['safari17.5', 'chrome123'], outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0 },
});
