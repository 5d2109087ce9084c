// `npm run test:slow`: what takes minutes, one file after the other, so that nothing else disturbs it.
import { defineConfig, mergeConfig } from 'vitest/config';
import { common } from './vitest.config.ts';

export default mergeConfig(
  common,
  defineConfig({ test: { include: ['test/**/*.slow.test.ts'], fileParallelism: false } }),
);
