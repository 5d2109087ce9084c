// A secret that is not what its connector needs is named in an error that people, logs and histories see.
import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../../lambdas/connectors/registry.ts';
import { PermanentError } from '../../../lambdas/core/errors.ts';
import { parseSecret } from '../../../lambdas/handlers/systems/connect-application.ts';

const MARKER = 'marker-7f3a "of a secret"';
/** Every key that a connector's secret has. */
const KEYS = [
  'token privateKey bindDn bindPassword password user username clientId clientSecret apiToken secret key',
  'appId installationId serviceAccount credentials connectionString webhookSecret signingSecret',
].flatMap((keys) => keys.split(' '));
const WITH_SECRET = CONNECTORS.flatMap(({ type, secret }) => (secret === undefined ? [] : [[type, secret] as const]));

describe('a malformed secret', () => {
  it.each(WITH_SECRET)('of %s is quoted in no error, wherever in it the value is', (_, schema) => {
    const malformed = [
      MARKER,
      [MARKER],
      { [MARKER]: 'token' },
      { [MARKER]: { [MARKER]: MARKER } },
      Object.fromEntries(KEYS.map((key) => [key, { [MARKER]: MARKER }])),
      Object.fromEntries(KEYS.map((key) => [key, `${MARKER}\n\u0000`])),
      Object.fromEntries(KEYS.map((key) => [key, [MARKER]])),
    ];
    for (const value of malformed) {
      const error = errorOf(() => parseSecret('crm', schema, value));
      expect(error).toBeInstanceOf(PermanentError);
      expect(String(error)).not.toContain('marker-7f3a');
    }
  });

  it('tells which keys are wrong', () => {
    const [, schema] = WITH_SECRET.find(([type]) => type === 'scim') ?? [];
    const parse = () => schema && parseSecret('crm', schema, { tokens: 'abc' });
    expect(parse).toThrow(/the secret of crm .*token: .*unknown keys: 1/);
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
