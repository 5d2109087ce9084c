// Everybody's pseudonyms and keys, read for a restore and brought into the table of another deployment: under the same
// pseudonyms what was sealed before and what is sealed from then on tell of the same people.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Subject, SubjectName } from '../../core/audit/redaction.ts';
import { dynamoClient, transact } from '../dynamo-client.ts';

export interface KeptSubject extends SubjectName, Pick<Subject, 'pseudonym' | 'key'> {}

type Item = Readonly<Record<string, unknown>>;

/** Ten million of some 300 bytes. */
const MAXIMUM_PAGES = 3_000;
const NEW = 'attribute_not_exists(pk)';

export interface KeptSubjects {
  readonly subjects: readonly KeptSubject[];
  /** As they lie in the table, those of people who were forgotten among them. */
  readonly items: readonly Item[];
}

/** Throws an Error when there are more than can be read: a part must never pass for the whole. */
export async function readKeptSubjects(table: string): Promise<KeptSubjects> {
  const items: Item[] = [];
  let start: Record<string, unknown> | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const answer = await dynamoClient().send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
    if (start === undefined) return { items, subjects: items.flatMap(toSubject) };
  }
  throw new Error(`the table ${table} has more pseudonyms than can be restored at once`);
}

/** Whoever has a pseudonym there already keeps it. */
export async function bringSubjects(table: string, { items, subjects }: KeptSubjects): Promise<void> {
  const byName = new Map(items.map((item) => [item['pk'] as string, item]));
  for (const { kind, id, pseudonym } of subjects) {
    const own = [byName.get(`${kind}#${id}`), byName.get(`pseudonym#${pseudonym}`)].map((Item) => ({
      Put: { TableName: table, Item: { ...Item }, ConditionExpression: NEW },
    }));
    await transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems: own })));
  }
  for (const item of items.filter((one) => one['forgottenAt'] !== undefined && one['pseudonym'] === undefined)) {
    try {
      await dynamoClient().send(new PutCommand({ TableName: table, Item: { ...item }, ConditionExpression: NEW }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

/** Of the item by pseudonym nobody learns a key: it is the one by name that counts. */
function toSubject({ pk, pseudonym, secret }: Item): KeptSubject[] {
  const [, kind, id] = /^(identity|operator)#(.+)$/s.exec(String(pk)) ?? [];
  if (kind === undefined || id === undefined || typeof pseudonym !== 'string' || !(secret instanceof Uint8Array))
    return [];
  return [{ kind: kind as SubjectName['kind'], id, pseudonym, key: Uint8Array.from(secret) }];
}
