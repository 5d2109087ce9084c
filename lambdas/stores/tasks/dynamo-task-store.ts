// Tasks in DynamoDB: an item each in the identity's partition, indexed by status and due date.
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { replaceOpenTask, reviseOpenTask, taskItem, toTask } from '../identities/items.ts';
import { accountKey, IDENTITY_INDEXES, WAITING, waitingKey } from '../identities/keys.ts';
import { auditPuts, queryAll, queryPage, type TransactItem, write } from '../identities/table.ts';
import type { KeptRevision, TaskStore } from './task-store.ts';

export function dynamoTaskStore(): TaskStore {
  const table = () => fromEnvironment('identitiesTable');
  return {
    async openTask({ task, closed, supersedes, account, audit }) {
      const asClosed = {
        ConditionExpression: 'taskStatus <> :open AND openedMs = :openedMs',
        ExpressionAttributeValues: { ':open': 'open', ':openedMs': closed?.openedMs },
      };
      const open = {
        TableName: table(),
        Item: taskItem(task),
        ...(closed === undefined ? { ConditionExpression: 'attribute_not_exists(pk)' } : asClosed),
      };
      const superseded = supersedes.map((old) => replaceOpenTask({ ...old, status: 'superseded' }));
      const items = [{ Put: open }, ...superseded, ...asKept(task.identityId, account), ...auditPuts(audit)];
      return (await write(items)) === undefined;
    },

    async supersedeTasks({ tasks, account, audit }) {
      const [first] = tasks;
      if (first === undefined) return true;
      const superseded = tasks.map((task) => replaceOpenTask({ ...task, status: 'superseded' }));
      const items = [...superseded, ...asKept(first.identityId, account), ...auditPuts(audit)];
      return (await write(items)) === undefined;
    },

    async saveTask({ task, audit }) {
      return (await write([reviseOpenTask(task), ...auditPuts(audit)])) === undefined;
    },

    listTasks: ({ status, ...page }) => queryPage(IDENTITY_INDEXES.tasks, status, page, toTask),

    async saveWaitingToken(identityId, token) {
      await dynamoClient().send(
        new PutCommand({ TableName: table(), Item: { ...waitingKey(identityId, token), token } }),
      );
    },

    async listWaitingTokens(identityId) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :waiting)',
        ExpressionAttributeValues: { ':pk': identityId, ':waiting': `${WAITING}#` },
        ConsistentRead: true,
      });
      return items.map(({ token }) => token as string);
    },

    async forgetWaitingToken(identityId, token) {
      await dynamoClient().send(new DeleteCommand({ TableName: table(), Key: waitingKey(identityId, token) }));
    },
  };
}

function asKept(identityId: string, account: KeptRevision | undefined): readonly TransactItem[] {
  if (account === undefined) return [];
  const check = {
    TableName: fromEnvironment('identitiesTable'),
    Key: accountKey(identityId, account.applicationId),
    ConditionExpression: 'revision = :kept',
    ExpressionAttributeValues: { ':kept': account.revision },
  };
  return [{ ConditionCheck: check }];
}
