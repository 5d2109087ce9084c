import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/**/*.slow.test.ts', 'test/peers/**'],
    globalSetup: ['test/support/ensure-python.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    setupFiles: ['test/support/node-20.ts'],
    // The tests of the local cloud wait more than they work, so that others can be tried meanwhile on two cores.
    maxWorkers: 2,
    // Real servers start within tests: time bounds are generous, since they say "hung", not "slow".
    testTimeout: 30_000,
    hookTimeout: 300_000,
  },
});
