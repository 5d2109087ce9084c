// Tenure's tables on an emulator, with the keys and indexes that they have where they are deployed.
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import { ALERTS_INDEX } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import { IDENTITY_INDEXES, type IdentityIndex } from '../../lambdas/stores/identities/keys.ts';

const INDEXES: readonly IdentityIndex[] = Object.values(IDENTITY_INDEXES);
const SCALARS = { string: 'S', number: 'N' } as const;

export async function createIdentitiesTable(client: DynamoDBClient, name: string): Promise<void> {
  const types = new Map<string, 'S' | 'N'>([
    ['pk', 'S'],
    ['sk', 'S'],
  ]);
  for (const { partitionKey, sortKey } of INDEXES) {
    types.set(partitionKey, 'S');
    if (sortKey !== undefined) types.set(sortKey.name, SCALARS[sortKey.type]);
  }
  await create(client, {
    TableName: name,
    KeySchema: keySchema('pk', 'sk'),
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    GlobalSecondaryIndexes: INDEXES.map(
      ({ indexName, partitionKey, sortKey, keysOnly }): GlobalSecondaryIndex => ({
        IndexName: indexName,
        KeySchema: keySchema(partitionKey, sortKey?.name),
        Projection: { ProjectionType: keysOnly ? 'KEYS_ONLY' : 'ALL' },
      }),
    ),
  });
}

export async function createAuditTable(client: DynamoDBClient, name: string): Promise<void> {
  await create(client, {
    TableName: name,
    KeySchema: keySchema('pk', 'sk'),
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  });
}

export async function createRateLimitsTable(client: DynamoDBClient, name: string): Promise<void> {
  await create(client, {
    TableName: name,
    KeySchema: keySchema('applicationId'),
    AttributeDefinitions: [{ AttributeName: 'applicationId', AttributeType: 'S' }],
  });
}

export async function createActivityTable(client: DynamoDBClient, name: string): Promise<void> {
  const { indexName, partitionKey, sortKey } = ALERTS_INDEX;
  await create(client, {
    TableName: name,
    KeySchema: keySchema('pk', 'sk'),
    AttributeDefinitions: [
      ...['pk', 'sk', partitionKey].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      { AttributeName: sortKey, AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: indexName,
        KeySchema: keySchema(partitionKey, sortKey),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
}

export async function createLogTable(client: DynamoDBClient, name: string): Promise<void> {
  await create(client, {
    TableName: name,
    KeySchema: keySchema('pk'),
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
}

export async function createSubjectsTable(client: DynamoDBClient, name: string): Promise<void> {
  await create(client, {
    TableName: name,
    KeySchema: keySchema('pk'),
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
}

async function create(client: DynamoDBClient, input: Omit<CreateTableCommandInput, 'BillingMode'>): Promise<void> {
  await client.send(new CreateTableCommand({ ...input, BillingMode: 'PAY_PER_REQUEST' }));
}

function keySchema(partitionKey: string, sortKey?: string): CreateTableCommandInput['KeySchema'] {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' } as const]),
  ];
}
