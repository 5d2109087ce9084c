import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** One local cloud after the other, neither of them last: each takes minutes, most of which it waits. */
class LocalCloudsApart extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification) => moduleId.endsWith('/local-cloud.test.ts');
    const isSecond = ({ moduleId }: TestSpecification) => moduleId.endsWith('/local-cloud-start.test.ts');
    const others = sorted.filter((file) => !isFirst(file) && !isSecond(file));
    const between = Math.ceil(others.length / 3);
    return [
      ...sorted.filter(isFirst),
      ...others.slice(0, between),
      ...sorted.filter(isSecond),
      ...others.slice(between),
    ];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/**/*.slow.test.ts', 'test/peers/**'],
    globalSetup: ['test/support/ensure-python.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    setupFiles: ['test/support/node-20.ts'],
    // The tests of the local cloud wait more than they work, so that others can be tried meanwhile on two cores.
    maxWorkers: 2,
    sequence: { sequencer: LocalCloudsApart },
    // Real servers start within tests: time bounds are generous, since they say "hung", not "slow".
    testTimeout: 30_000,
    hookTimeout: 300_000,
  },
});
