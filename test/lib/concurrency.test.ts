// Taking events, passing them on and locking leavers out wait behind nobody who joins or moves: they have functions of their
// own, and room that nothing else in the account can take.
import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../lib/config.ts';
import { addTenure } from '../../lib/tenure.ts';
import { newApp, type Resource, synthesiseResources } from '../support/stacks.ts';

const CONNECTORS = ['identity-center', 'manual', 'scim'];
const resources = synthesiseResources();

describe('reserved', () => {
  it('is room for intake, for routing, for fencing off and for locking out, and for nothing else', () => {
    const reserved = reservations(resources);
    const names = Object.keys(reserved).toSorted();
    expect(names.filter((name) => name.startsWith('Tenure-Lifecycle-lock-down-'))).toEqual(
      CONNECTORS.map((type) => `Tenure-Lifecycle-lock-down-${type}`),
    );
    const others = Object.entries(reserved).filter(([name]) => !name.startsWith('Tenure-'));
    expect(others.map(([name, count]) => [name.replace(/Function.*$/, ''), count]).toSorted()).toEqual([
      ['FactRoutingRouteFacts', 100],
      ['ReceiveHrEventHandler', 100],
      ['WorkflowsFenceOff', 20],
    ]);
  });

  it('fits into the quota of an account, with what Lambda keeps back', () => {
    const sum = Object.values(reservations(resources)).reduce((total, count) => total + count, 0);
    expect(sum).toBe(280);
    const exactly = { 'tenure.concurrency': '{"account":380}' };
    expect(() => addTenure(newApp(exactly))).not.toThrow();
    const less = () => addTenure(newApp({ 'tenure.concurrency': '{"account":379}' }));
    expect(less).toThrow(SettingsError);
    expect(less).toThrow(
      "intake 100, routing 100 and lockDown 20 for each of 4 functions reserve 280, and Lambda keeps 100 of the account's 379: expected at most 279",
    );
  });

  it('is nothing where a new account has no room for it', () => {
    const none = '{"account":10,"intake":0,"routing":0,"lockDown":0}';
    expect(reservations(synthesiseResources({ 'tenure.concurrency': none }))).toEqual({});
  });
});

it('only leavers are locked out by the functions that are for it, and they are proven by the others', () => {
  const definitions = resources
    .filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')
    .map(
      ({ logicalId, Properties }) => [logicalId, Object.keys(Properties['DefinitionSubstitutions'] as object)] as const,
    );
  const locking = definitions.filter(([, names]) => names.includes('LockDownFunctionNamePrefix'));
  expect(locking.map(([id]) => id.replace(/StateMachine.*$/, ''))).toEqual(['WorkflowsLeaver']);
  expect(locking[0]?.[1]).toContain('ConnectorFunctionNamePrefix');
});

function reservations(of: readonly Resource[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    of.flatMap(({ logicalId, Properties }) => {
      const reserved = Properties?.['ReservedConcurrentExecutions'];
      return reserved === undefined ? [] : [[String(Properties['FunctionName'] ?? logicalId), Number(reserved)]];
    }),
  );
}
