// What the function that tells people of requests may do follows from what the settings name, and from nothing else.
import { expect, test } from 'vitest';
import { listOf, roleIdOf, statementsOf, synthesiseResources } from '../support/stacks.ts';

function permissionsOf(notices: object): readonly string[] {
  const resources = synthesiseResources({ 'tenure.notices': notices });
  const lambda = resources.find(
    ({ Type, logicalId }) => Type === 'AWS::Lambda::Function' && logicalId.startsWith('RequestNoticesTellOfRequests'),
  );
  if (lambda === undefined) throw new Error('there is no such function');
  return statementsOf(resources, roleIdOf(lambda))
    .filter(({ Action }) => listOf(Action).some((one) => /^(secretsmanager|ses):/.test(String(one))))
    .map(({ Action, Resource }) => JSON.stringify([Action, Resource]));
}

test('it reads the secrets of the webhooks that are named, and no other', { timeout: 120_000 }, () => {
  expect(permissionsOf({})).toEqual([]);
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/teams-AbCdEf';
  const [reading, ...others] = permissionsOf({
    slack: { channel: 'tenure/slack', direct: 'tenure/slack-people' },
    teams: { security: arn, channel: arn },
  });
  expect(others).toEqual([]);
  expect(reading).toContain('secretsmanager:GetSecretValue');
  expect(reading?.match(/:secret:[^"]*/g)?.toSorted()).toEqual([
    ':secret:acme/teams-AbCdEf',
    ':secret:tenure/slack-??????',
    ':secret:tenure/slack-people-??????',
  ]);
});
