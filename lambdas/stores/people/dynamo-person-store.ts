// PERSON#<source>: an item for each person and one for each identity, so that neither is ever two of the other. No
// identity's id holds a `#`.
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { PersonStore } from './person-store.ts';

export function personKey(source: string, kind: 'PERSON' | 'IDENTITY', id: string) {
  return { pk: `PERSON#${source}`, sk: `${kind}#${id}` };
}

export function dynamoPersonStore(): PersonStore {
  const table = () => fromEnvironment('identitiesTable');
  const read = async (
    key: { pk: string; sk: string },
    name: 'identityId' | 'personId',
  ): Promise<string | undefined> => {
    const { Item } = await dynamoClient().send(new GetCommand({ TableName: table(), Key: key, ConsistentRead: true }));
    return Item?.[name] as string | undefined;
  };
  const findIdentity = (source: string, personId: string) => read(personKey(source, 'PERSON', personId), 'identityId');
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
    findPerson: (source, identityId) => read(personKey(source, 'IDENTITY', identityId), 'personId'),
    async tie(source, personId, identityId) {
      const known = await findIdentity(source, personId);
      if (known !== undefined) return known === identityId;
      const refused = await transact(() =>
        dynamoClient().send(
          new TransactWriteCommand({
            TransactItems: [
              putTied(personKey(source, 'PERSON', personId), 'identityId', identityId),
              putTied(personKey(source, 'IDENTITY', identityId), 'personId', personId),
            ],
          }),
        ),
      );
      return refused === undefined;
    },
  };
}
