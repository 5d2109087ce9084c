// The registry, as the access model's checks and the connector functions use it.
import { expect, it } from 'vitest';
import { loadable, loadConnector } from '../../lambdas/connectors/load-connector.ts';
import { CONNECTORS, connectorOf, connectorSettingsSchemas } from '../../lambdas/connectors/registry.ts';
import { PermanentError } from '../../lambdas/core/errors.ts';

it('knows each connector by its type, once', () => {
  const types = CONNECTORS.map((connector) => connector.type);
  expect(types).toEqual([...new Set(types)].sort());
  for (const type of types) expect(connectorOf(type).type).toBe(type);
});

it('says which connectors there are when asked for another', () => {
  expect(() => connectorOf('fax')).toThrow(PermanentError);
  expect(() => connectorOf('fax')).toThrow(/scim/);
});

it('each is loaded alone by the function that works with it, and no other can be', async () => {
  expect(loadable().toSorted()).toEqual(CONNECTORS.map(({ type }) => type));
  for (const { type } of CONNECTORS) expect(await loadConnector(type)).toBe(connectorOf(type));
  for (const type of ['fax', 'constructor']) {
    await expect(loadConnector(type)).rejects.toThrow(PermanentError);
    await expect(loadConnector(type)).rejects.toThrow(/scim/);
  }
});

it('checks settings: a manual task is due within 1 to 720 hours, 24 unless told', () => {
  const schema = connectorSettingsSchemas().get('manual');
  const task = { assignee: 'it', instructions: 'Collect the badge' };
  expect(schema?.parse(task)).toEqual({ ...task, dueHours: 24, privilegedRemovalHours: 4 });
  expect(schema?.safeParse({ ...task, dueHours: 721 }).success).toBe(false);
  expect(schema?.safeParse({ ...task, unknown: 1 }).success).toBe(false);
});
