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

/** What every suite has in common, the slow ones and the peers included. */
export const common = defineConfig({
  test: {
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

const TESTS = ['test/**/*.test.ts'];
const NO_TESTS = ['**/node_modules/**', 'test/**/*.slow.test.ts', 'test/peers/**'];
/**
 * Those that tell functions by the environment where their systems are: a function makes its clients once, as in Lambda.
 * What the others import is read once for all of them, which is a third of their time.
 */
const APART = [
  'test/bin/{restore,tenure-cli}.test.ts',
  'test/connectors/**/*.test.ts',
  'test/handlers/audit/sealed-on-emulator.test.ts',
  'test/lib/bundled-signing.test.ts',
  'test/local/**/*.test.ts',
  'test/releases/**/*.test.ts',
  'test/simulation/**/*.test.ts',
  'test/stores/**/*.test.ts',
];

export default defineConfig({
  test: {
    ...common.test,
    projects: [
      { extends: true, test: { name: 'together', include: TESTS, exclude: [...NO_TESTS, ...APART], isolate: false } },
      { extends: true, test: { name: 'apart', include: APART, exclude: NO_TESTS } },
    ],
  },
});
