// Where a connector has a service desk, its function is asked every minute to look at tickets, and somebody is told when it
// cannot; no other function is, or may ask for anybody to be converged.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { roleIdOf, statementsOf, synthesiseResources } from '../support/stacks.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-model-'));
mkdirSync(join(folder, 'applications'));
writeFileSync(join(folder, 'owners.yaml'), 'owners: [{ id: E1, name: Ada, contact: ada@acme.example }]\n');
addApplication('badge', 'ticket-webhook', ', url: "https://desk.acme.example/tenure"');
addApplication('keys', 'manual', '');
afterAll(() => rmSync(folder, { recursive: true }));

it('tickets are looked at by the function that opens them', { timeout: 240_000 }, () => {
  const resources = synthesiseResources({ 'tenure.accessModel': folder, tenure: {} });
  const calling = resources.filter(
    ({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' && /-(connector|lock-down)-/.test(String(Properties['FunctionName'])),
  );
  const mayPublish = calling.filter((each) =>
    JSON.stringify(statementsOf(resources, roleIdOf(each))).includes('events:'),
  );
  expect(mayPublish.map(({ Properties }) => Properties['FunctionName'])).toEqual([
    'Tenure-Lifecycle-connector-ticket-webhook',
  ]);
  const clocks = resources.filter(
    ({ Type, Properties }) =>
      Type === 'AWS::Events::Rule' && JSON.stringify(Properties['Targets']).includes('look-at-tickets'),
  );
  expect(clocks).toHaveLength(1);
  const { ScheduleExpression, Targets } = clocks[0]?.Properties ?? {};
  expect(ScheduleExpression).toBe('rate(1 minute)');
  const [target] = Targets as readonly { readonly Arn: unknown; readonly Input: string }[];
  expect(JSON.stringify(target?.Arn)).toContain(mayPublish[0]?.logicalId);
  expect(JSON.parse(target?.Input ?? '')).toEqual({ mode: 'look-at-tickets', connectorFunction: 'ticket-webhook' });
  const alarms = resources.filter(({ Properties }) => Properties?.['MetricName'] === 'TicketsUnread');
  expect(alarms.map(({ Properties }) => Properties['AlarmDescription'])).toEqual([
    'Runbook: docs/runbook/connector-fails.md',
  ]);
});

function addApplication(id: string, connector: string, settings: string): void {
  const lines = [
    `name: ${id}`,
    `connector: ${connector}`,
    'owner: E1',
    `settings: { assignee: "it@acme.example", instructions: "By hand."${settings} }`,
    'entitlements: [{ id: member, name: Member }]',
  ];
  writeFileSync(join(folder, 'applications', `${id}.yaml`), `${lines.join('\n')}\n`);
}
