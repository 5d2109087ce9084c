// PERSON#<source>: an item for each person and one for each identity, so that neither is ever two of the other. No
// identity's id holds a `#`.
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { PersonStore } from './person-store.ts';

export function dynamoPersonStore(): PersonStore {
  const table = () => fromEnvironment('identitiesTable');
  const keyOf = (source: string, kind: 'PERSON' | 'IDENTITY', id: string) => ({
    pk: `PERSON#${source}`,
    sk: `${kind}#${id}`,
  });
  const read = async (
    key: { pk: string; sk: string },
    name: 'identityId' | 'personId',
  ): Promise<string | undefined> => {
    const { Item } = await dynamoClient().send(new GetCommand({ TableName: table(), Key: key, ConsistentRead: true }));
    return Item?.[name] as string | undefined;
  };
  const findIdentity = (source: string, personId: string) => read(keyOf(source, 'PERSON', personId), 'identityId');
  const putTied = (key: { pk: string; sk: string }, name: 'identityId' | 'personId', value: string) => ({
    Put: {
      TableName: table(),
      Item: { ...key, [name]: value },
      ConditionExpression: 'attribute_not_exists(pk) OR #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    },
  });
  return {
    findIdentity,
    findPerson: (source, identityId) => read(keyOf(source, 'IDENTITY', identityId), 'personId'),
    async tie(source, personId, identityId) {
      const known = await findIdentity(source, personId);
      if (known !== undefined) return known === identityId;
      const refused = await transact(() =>
        dynamoClient().send(
          new TransactWriteCommand({
            TransactItems: [
              putTied(keyOf(source, 'PERSON', personId), 'identityId', identityId),
              putTied(keyOf(source, 'IDENTITY', identityId), 'personId', personId),
            ],
          }),
        ),
      );
      return refused === undefined;
    },
  };
}
