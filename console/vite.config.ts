// The console's build: files that need neither an inline script nor an inline style, so that its policy allows none.
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutUnusedMessages(), withoutUnusedIcons(), react()],
  // Cloudscape's messages come parsed: no parser is loaded.
  resolve: { alias: [{ find: /^(@formatjs\/icu-messageformat-parser)$/, replacement: '$1/lib/no-parser.js' }] },
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

/** Those of the components that the pages have, and of the pages: test/console/build.test.ts holds the build to it. */
export const ICONS = [
  'angle-down',
  'angle-left',
  'angle-right',
  'angle-up',
  'arrow-down',
  'arrow-left',
  'arrow-right',
  'arrow-up',
  'calendar',
  'caret-down',
  'caret-down-filled',
  'caret-up',
  'caret-up-filled',
  'check',
  'close',
  'copy',
  'dot',
  'download',
  'edit',
  'ellipsis',
  'expand',
  'external',
  'file',
  'filter',
  'gen-ai',
  'group',
  'key',
  'keyboard',
  'lock-private',
  'map',
  'menu',
  'pause',
  'play',
  'refresh',
  'remove',
  'script',
  'search',
  'security',
  'status-in-progress',
  'status-info',
  'status-negative',
  'status-not-started',
  'status-pending',
  'status-positive',
  'status-stopped',
  'status-warning',
  'treeview-collapse',
  'treeview-expand',
  'undo',
];

/** And so it has its icons. */
function withoutUnusedIcons(): Plugin {
  return {
    name: 'without-unused-icons',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/icon/generated/icons.js')) return undefined;
      const end = '\n};\nexport default icons;';
      const [head = '', ...icons] = (code.split(end)[0] ?? '').split(/^(?= {4}"[a-z0-9-]+": )/m);
      const used = icons.filter((icon) => ICONS.some((name) => icon.startsWith(`    "${name}": `)));
      if (used.length !== ICONS.length) throw new Error('the icons are written in another way');
      return { code: `${head}${used.join('')}${end}`, map: null };
    },
  };
}
