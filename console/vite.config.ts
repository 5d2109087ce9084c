// The console's build: files that need neither an inline script nor an inline style, so that its policy allows none.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: 'es2022',
    // Nothing as a data: URL, which the policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 1_200,
  },
});
