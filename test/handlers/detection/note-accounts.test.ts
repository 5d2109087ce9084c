// By what accounts are known in logs, as the table's stream tells that they were written.
import type { DynamoDBRecord } from 'aws-lambda';
import { beforeEach, expect, it } from 'vitest';
import { clueKey } from '../../../lambdas/core/detection/join.ts';
import { noteAccounts } from '../../../lambdas/handlers/detection/note-accounts.ts';
import { joinerEvent } from '../../support/hr-events.ts';
import { watchingWorld } from '../../support/watching.ts';

let world = watchingWorld();
beforeEach(async () => {
  world = watchingWorld();
  const people = ['E1001', 'E1002'].map((subject) => joinerEvent({ manager: null }, { id: subject, subject }));
  expect(await world.hr(...people)).toMatchObject({ status: 202 });
});

let revision = 0;
async function save(identityId: string, account: object | undefined, applicationId = 'crm') {
  revision += 1;
  const record = {
    applicationId,
    ...(account && { account: { accountId: 'a1', userName: 'Ada', enabled: true, grants: [], ...account } }),
    readMs: world.nowMs,
    revision,
  };
  await world.accounts.saveAccount({ identityId, account: record, audit: [] });
}
const written = (pk: string, sk: string): DynamoDBRecord => ({ dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } } });
const note = (...Records: readonly DynamoDBRecord[]) => noteAccounts(world)({ Records });
const byName = async (value: string) =>
  (await world.activity.findByClues([clueKey({ by: 'user-name', value, applicationId: 'crm' })])).get(
    clueKey({ by: 'user-name', value, applicationId: 'crm' }),
  );
const byId = async (value: string) => {
  const key = clueKey({ by: 'account', value, applicationId: 'crm' });
  return (await world.activity.findByClues([key])).get(key);
};

it('an account is found by its id and by its user name, in whatever case, from when it was written', async () => {
  await save('E1001', {});
  expect(await byId('a1')).toBeUndefined();
  await note(written('E1001', 'ACCOUNT#crm'));
  expect(await byId('a1')).toEqual(['E1001']);
  expect(await byName('ada')).toEqual(['E1001']);
});

it('once it is called otherwise, it is found by that and not by what it was called', async () => {
  revision = 0;
  await save('E1001', {});
  await note(written('E1001', 'ACCOUNT#crm'));
  await save('E1001', { userName: 'lovelace' });
  await note(written('E1001', 'ACCOUNT#crm'), written('E1001', 'ACCOUNT#crm'));
  expect(await byName('ada')).toBeUndefined();
  expect(await byName('lovelace')).toEqual(['E1001']);
});

it('an account that is gone, and whoever is gone, is found by nothing', async () => {
  revision = 0;
  await save('E1001', {});
  await note(written('E1001', 'ACCOUNT#crm'));
  await save('E1001', undefined);
  await note(written('E1001', 'ACCOUNT#crm'));
  expect(await byId('a1')).toBeUndefined();
  await note(written('E4711', 'ACCOUNT#crm'));
  expect(await byId('a1')).toBeUndefined();
});

it('two who are called the same are both found', async () => {
  revision = 0;
  await save('E1001', {});
  revision = 0;
  await save('E1002', { accountId: 'a2' });
  await note(written('E1001', 'ACCOUNT#crm'), written('E1002', 'ACCOUNT#crm'));
  expect((await byName('ada'))?.toSorted()).toEqual(['E1001', 'E1002']);
});

it('what is no account is passed over', async () => {
  const { load } = world.directory;
  let loads = 0;
  world.directory.load = async (id) => {
    loads += 1;
    return await load(id);
  };
  await note(written('E1001', 'FACT#1'), { dynamodb: {} }, {}, written('E1001', 'ACCOUNT#'));
  expect(loads).toBe(0);
});

it('what cannot be read now fails the call, so that the stream brings it again', async () => {
  revision = 0;
  await save('E1001', {});
  world.directory.load = async () => {
    throw new Error('throttled');
  };
  await expect(note(written('E1001', 'ACCOUNT#crm'))).rejects.toThrow('throttled');
});
