// SSF#STREAMS: an item for each receiver that has a stream. SSF#WAITING#<stream>: an item for each token that waits, by its
// id, and SSF#MADE#<stream>: that it was made. Tokens and what was made expire by the table's time to live.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mapBounded } from '../../core/map-bounded.ts';
import type { SignalStream } from '../../core/signals/stream.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { EXPIRY_ATTRIBUTE } from '../holds/dynamo-hold-store.ts';
import { auditPuts, get, type Item, write } from '../identities/table.ts';
import type { StreamStore, WaitingSignal } from './stream-store.ts';

const CONCURRENT_DELETIONS = 10;

const streamKey = (receiver: string) => ({ pk: 'SSF#STREAMS', sk: receiver });
const waitingKey = (streamId: string, signalId: string) => ({ pk: `SSF#WAITING#${streamId}`, sk: signalId });
const madeKey = (streamId: string, signalId: string) => ({ pk: `SSF#MADE#${streamId}`, sk: signalId });

export function dynamoStreamStore(): StreamStore {
  const table = () => fromEnvironment('identitiesTable');
  const putStream = async (stream: SignalStream, ConditionExpression: string, values?: Item): Promise<boolean> => {
    const condition = { ConditionExpression, ...(values && { ExpressionAttributeValues: values }) };
    try {
      const Item = { ...streamKey(stream.receiver), ...stream };
      await dynamoClient().send(new PutCommand({ TableName: table(), Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  return {
    createStream: (stream) => putStream(stream, 'attribute_not_exists(pk)'),

    async findStream(receiver) {
      const item = await get(streamKey(receiver));
      if (item === undefined) return undefined;
      const { pk: _pk, sk: _sk, ...stream } = item;
      return stream as unknown as SignalStream;
    },

    saveStream: (stream) => putStream(stream, 'streamId = :id', { ':id': stream.streamId }),

    async deleteStream({ receiver, streamId }) {
      const condition = { ConditionExpression: 'streamId = :id', ExpressionAttributeValues: { ':id': streamId } };
      try {
        await dynamoClient().send(new DeleteCommand({ TableName: table(), Key: streamKey(receiver), ...condition }));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async putSignal(streamId, { signalId, token }, untilMs, audit) {
      const expiry = { [EXPIRY_ATTRIBUTE]: Math.ceil(untilMs / 1_000) };
      const made = { ...madeKey(streamId, signalId), ...expiry };
      const failed = await write([
        { Put: { TableName: table(), Item: made, ConditionExpression: 'attribute_not_exists(pk)' } },
        { Put: { TableName: table(), Item: { ...waitingKey(streamId, signalId), token, ...expiry } } },
        ...auditPuts(audit),
      ]);
      return failed === undefined;
    },

    async findSignal(streamId, signalId) {
      const item = await get(waitingKey(streamId, signalId));
      return item && toSignal(item);
    },

    async listSignals(streamId, limit) {
      const { Items = [] } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': waitingKey(streamId, '').pk },
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      return Items.map(toSignal);
    },

    async finishSignals(streamId, signalIds) {
      await mapBounded(signalIds, CONCURRENT_DELETIONS, async (signalId) => {
        await dynamoClient().send(new DeleteCommand({ TableName: table(), Key: waitingKey(streamId, signalId) }));
      });
    },
  };
}

function toSignal({ sk, token }: Item): WaitingSignal {
  return { signalId: sk as string, token: token as string };
}
