// `npm run test:peers`: connectors against real servers, started on loopback, one file after the other.
import { defineConfig, mergeConfig } from 'vitest/config';
import { common } from './vitest.config.ts';

export default mergeConfig(
  common,
  defineConfig({
    test: {
      include: ['test/peers/**/*.peers.test.ts'],
      globalSetup: ['test/peers/ensure-npm.ts'],
      fileParallelism: false,
      // Installing Debian packages counts here.
      hookTimeout: 1_800_000,
    },
  }),
);
