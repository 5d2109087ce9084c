// Lambda refuses a function whose environment variables come to more than 4 kB, and says so only when it is deployed.
import { expect, it } from 'vitest';
import { IDENTITY_KINDS } from '../../lambdas/core/identity/attributes.ts';
import { synthesiseResources } from '../support/stacks.ts';

const MAXIMUM_BYTES = 4_096;
/** More than what is known only where it is deployed: a table's name, an ARN, a queue's URL. */
const RESOLVED_BYTES = 160;

/** As many as the settings allow, each with all that they take. */
const IDS = Array.from({ length: 20 }, (_, index) => `${'hr'.repeat(14)}-${String(index).padStart(2, '0')}`);
const REACH = {
  authority: 100,
  kinds: [...IDENTITY_KINDS],
  idPrefixes: Array.from({ length: 20 }, (_, index) => `${'P'.repeat(46)}${String(index).padStart(2, '0')}`),
};

it('the environment of each function fits, with as many HR sources as the settings take', { timeout: 240_000 }, () => {
  const functions = synthesiseResources({
    'tenure.hrSources': JSON.stringify(IDS.map((id) => ({ id, secret: `hr/${id}` }))),
    'tenure.hrSourcePrecedence': JSON.stringify(Object.fromEntries(IDS.map((id) => [id, REACH]))),
  }).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  expect(functions.length).toBeGreaterThan(10);
  for (const { logicalId, Properties } of functions) {
    const { Variables = {} } = (Properties['Environment'] ?? {}) as { readonly Variables?: object };
    const bytes = Object.entries(Variables).map(([name, value]) => name.length + bytesOf(value));
    expect(
      bytes.reduce((sum, each) => sum + each, 0),
      logicalId,
    ).toBeLessThan(MAXIMUM_BYTES);
  }
});

/** Of a text, or of one that CloudFormation joins. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  const joined = (value as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]] })['Fn::Join'];
  if (joined === undefined) return RESOLVED_BYTES;
  return joined[1].reduce<number>((sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : 12), 0);
}
