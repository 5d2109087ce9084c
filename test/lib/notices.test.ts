// What the functions that tell people of requests and of alerts may do follows from what the settings name, and from nothing else.
import { expect, test } from 'vitest';
import { listOf, roleIdOf, statementsOf, synthesiseResources } from '../support/stacks.ts';

function permissionsOf(
  notices: object,
  resources = synthesiseResources({ 'tenure.notices': notices }),
): readonly string[] {
  const lambda = resources.find(
    ({ Type, logicalId }) => Type === 'AWS::Lambda::Function' && logicalId.startsWith('RequestNoticesTellOfRequests'),
  );
  if (lambda === undefined) throw new Error('there is no such function');
  return statementsOf(resources, roleIdOf(lambda))
    .filter(({ Action }) => listOf(Action).some((one) => /^(secretsmanager|ses):/.test(String(one))))
    .map(({ Action, Resource }) => JSON.stringify([Action, Resource]));
}

test('mails go out under a configuration set of their own, and only what SES says of that one reaches the function', {
  timeout: 120_000,
}, () => {
  const notices = { sender: 'tenure@acme.example' };
  const resources = synthesiseResources({ 'tenure.notices': notices });
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const [set, ...others] = ofType('AWS::SES::ConfigurationSet');
  expect(others).toEqual([]);
  const [sending] = permissionsOf(notices, resources);
  expect(sending).toContain(`:configuration-set/",{"Ref":"${set?.logicalId}"}`);
  expect(sending).toContain(':identity/tenure@acme.example');
  const [destination] = ofType('AWS::SES::ConfigurationSetEventDestination');
  expect(destination?.Properties).toMatchObject({
    ConfigurationSetName: { Ref: set?.logicalId },
    EventDestination: { Enabled: true, MatchingEventTypes: ['bounce', 'complaint'] },
  });
  const rules = ofType('AWS::Events::Rule').filter(({ logicalId }) =>
    logicalId.startsWith('RequestNoticesUndelivered'),
  );
  expect(rules.map(({ Properties }) => [Properties['EventBusName'], Properties['EventPattern']])).toEqual([
    [
      undefined,
      {
        source: ['aws.ses'],
        account: [expect.anything()],
        'detail-type': ['Email Bounced', 'Email Complaint Received'],
        detail: { mail: { tags: { 'ses:configuration-set': [{ Ref: set?.logicalId }] } } },
      },
    ],
  ]);
});

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

test('alerts are posted where the settings say, from their severity on, by the secrets that they name', {
  timeout: 120_000,
}, () => {
  const detection = { slack: { channel: 'tenure/alerts', atLeast: 'high' }, teams: { channel: 'tenure/teams' } };
  const resources = synthesiseResources({ 'tenure.detection': detection });
  const rules = resources.filter(({ Type, logicalId }) => Type === 'AWS::Events::Rule' && /Chats/.test(logicalId));
  const patterns = rules.map(({ Properties }) => Properties['EventPattern']);
  expect(patterns).toMatchObject([
    { source: ['tenure.alerts'], detail: { is_alert: [true], severity_id: [{ numeric: ['>=', 4] }] } },
    { source: ['tenure.alerts'], detail: { is_alert: [true], severity_id: [{ numeric: ['>=', 3] }] } },
  ]);
  const posting = resources.find(({ Type, logicalId }) => Type === 'AWS::Lambda::Function' && /Chats/.test(logicalId));
  if (posting === undefined) throw new Error('there is no such function');
  const secrets = statementsOf(resources, roleIdOf(posting))
    .filter(({ Action }) => listOf(Action).includes('secretsmanager:GetSecretValue'))
    .map(({ Resource }) =>
      JSON.stringify(Resource)
        .match(/:secret:[^"]*/g)
        ?.toSorted(),
    );
  expect(secrets).toEqual([[':secret:tenure/alerts-??????', ':secret:tenure/teams-??????']]);
  expect(synthesiseResources({}).filter(({ logicalId }) => /Chats/.test(logicalId))).toEqual([]);
});
