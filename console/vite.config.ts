// The console's build: files that need neither an inline script nor an inline style, so that its policy allows none.
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutUnusedMessages(), react()],
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

/** Large, and of components that no page has. */
const UNUSED = [
  'annotation-context',
  'app-layout',
  'area-chart',
  'attribute-editor',
  'breadcrumb-group',
  'cards',
  'code-editor',
  'collection-preferences',
  'date-range-picker',
  'drawer',
  'error-boundary',
  'features-notification-drawer',
  'file-token-group',
  'file-upload',
  'flashbar',
  'help-panel',
  'list',
  'pagination',
  'panel-resize-handle',
  'pie-chart',
  'prompt-input',
  'property-filter',
  's3-resource-selector',
  'slider',
  'split-panel',
  'tag-editor',
  'top-navigation',
  'tree-view',
  'tutorial-panel',
  'wizard',
];

/** Cloudscape has its messages in one file for all of its components, and whoever opens the console would load it whole. */
function withoutUnusedMessages(): Plugin {
  return {
    name: 'without-unused-messages',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/i18n/messages/all.en.json')) return undefined;
      const messages = JSON.parse(code) as Record<string, { en: Record<string, unknown> }>;
      const kept = Object.entries(messages).map(([library, { en }]) => {
        const used = Object.entries(en).filter(([component]) => !UNUSED.includes(component));
        return [library, { en: Object.fromEntries(used) }];
      });
      return { code: JSON.stringify(Object.fromEntries(kept)), map: null };
    },
  };
}
