// SIGNALS#<transmitter>: TAKEN# an item for each token, by the hash of its id, STREAM since when the stream is verified, and
// TOLD# what somebody was told of. Tokens and what was told expire by the table's time to live.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { sha256Hex } from '../../core/canonical-json.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { EXPIRY_ATTRIBUTE } from '../holds/dynamo-hold-store.ts';
import { auditPuts, get, write } from '../identities/table.ts';
import type { SignalStore } from './signal-store.ts';

const keyOf = (transmitter: string, sk: string) => ({ pk: `SIGNALS#${transmitter}`, sk });
const takenKey = (transmitter: string, jti: string) => keyOf(transmitter, `TAKEN#${sha256Hex(jti)}`);
const toldKey = (transmitter: string, telling: string) => keyOf(transmitter, `TOLD#${sha256Hex(telling)}`);
const streamKey = (transmitter: string) => keyOf(transmitter, 'STREAM');

export function dynamoSignalStore(): SignalStore {
  const table = () => fromEnvironment('identitiesTable');
  return {
    async findTaken(transmitter, jti) {
      return (await get(takenKey(transmitter, jti)))?.['tokenHash'] as string | undefined;
    },

    async saveTaken({ transmitter, jti, tokenHash }, untilMs, audit) {
      const Item = { ...takenKey(transmitter, jti), tokenHash, [EXPIRY_ATTRIBUTE]: Math.ceil(untilMs / 1_000) };
      const taking = { Put: { TableName: table(), Item, ConditionExpression: 'attribute_not_exists(pk)' } };
      return (await write([taking, ...auditPuts(audit)])) === undefined;
    },

    async findVerified(transmitter) {
      return (await get(streamKey(transmitter)))?.['verifiedMs'] as number | undefined;
    },

    async saveVerified(transmitter, verifiedMs) {
      const Item = { ...streamKey(transmitter), verifiedMs };
      const ConditionExpression = 'attribute_not_exists(pk)';
      try {
        await dynamoClient().send(new PutCommand({ TableName: table(), Item, ConditionExpression }));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async wasTold(transmitter, telling, nowMs) {
      const { untilMs = 0 } = (await get(toldKey(transmitter, telling))) ?? {};
      return (untilMs as number) > nowMs;
    },

    async saveTold(transmitter, telling, untilMs) {
      const Item = {
        ...toldKey(transmitter, telling),
        untilMs,
        [EXPIRY_ATTRIBUTE]: Math.ceil(untilMs / 1_000),
      };
      await dynamoClient().send(new PutCommand({ TableName: table(), Item }));
    },
  };
}
