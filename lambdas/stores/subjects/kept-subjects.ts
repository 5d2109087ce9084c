// Everybody's pseudonyms and keys, read for a restore and brought into the table of another deployment: under the same
// pseudonyms what was sealed before and what is sealed from then on tell of the same people.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Subject, SubjectName } from '../../core/audit/redaction.ts';
import { DAY_MS, REMEMBERED_DAYS } from '../../core/removal/erasure.ts';
import { dynamoClient, transact } from '../dynamo-client.ts';
import { SUBJECT_EXPIRY_ATTRIBUTE } from './dynamo-subject-store.ts';

export interface KeptSubject extends SubjectName, Pick<Subject, 'pseudonym' | 'key'> {}

type Item = Readonly<Record<string, unknown>>;

/** Ten million of some 300 bytes. */
const MAXIMUM_PAGES = 3_000;
const NEW = 'attribute_not_exists(pk)';

/** That somebody was forgotten, under which name and when (RFC 3339). */
export interface ForgottenSubject extends SubjectName {
  readonly forgottenAt: string;
}

export interface KeptSubjects {
  readonly subjects: readonly KeptSubject[];
  /** Those who were forgotten, also where somebody else has the name by now. */
  readonly forgotten: readonly ForgottenSubject[];
  /** Of these, those whose keys are in this table all the same, which is of a time before that. */
  readonly outlived: readonly ForgottenSubject[];
  /** As they lie in the table. */
  readonly items: readonly Item[];
}

/**
 * Throws an Error when there are more than can be read: a part must never pass for the whole.
 *
 * @param erased pseudonym → when that was (RFC 3339): of whom nothing may come back, whatever this table has
 */
export async function readKeptSubjects(
  table: string,
  erased: ReadonlyMap<string, string> = new Map(),
): Promise<KeptSubjects> {
  const items = await readItems(table);
  const all = items.flatMap(toSubject);
  const outlived = all.flatMap(({ kind, id, pseudonym }) => {
    const forgottenAt = erased.get(pseudonym);
    return forgottenAt === undefined ? [] : [{ kind, id, forgottenAt }];
  });
  return {
    items,
    subjects: all.filter(({ pseudonym }) => !erased.has(pseudonym)),
    forgotten: [...items.flatMap(toForgotten), ...outlived],
    outlived,
  };
}

async function readItems(table: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let start: Record<string, unknown> | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const answer = await dynamoClient().send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
    if (start === undefined) return items;
  }
  throw new Error(`the table ${table} has more pseudonyms than can be restored at once`);
}

/** Whoever has a pseudonym there already keeps it. Of who was forgotten only that comes along. */
export async function bringSubjects(table: string, { items, subjects, outlived }: KeptSubjects): Promise<void> {
  const byName = new Map(items.map((item) => [item['pk'] as string, item]));
  for (const { kind, id, pseudonym } of subjects) {
    const own = [byName.get(`${kind}#${id}`), byName.get(`pseudonym#${pseudonym}`)].map((Item) => ({
      Put: { TableName: table, Item: { ...Item }, ConditionExpression: NEW },
    }));
    await transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems: own })));
  }
  const left = items.filter((one) => one['forgottenAt'] !== undefined && one['pseudonym'] === undefined);
  for (const item of [...left, ...outlived.map(leftOf)]) {
    try {
      await dynamoClient().send(new PutCommand({ TableName: table, Item: { ...item }, ConditionExpression: NEW }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

function leftOf({ kind, id, forgottenAt }: ForgottenSubject): Item {
  const untilMs = rememberedUntil(forgottenAt);
  return { pk: `${kind}#${id}`, forgottenAt, [SUBJECT_EXPIRY_ATTRIBUTE]: Math.ceil(untilMs / 1_000) };
}

/** Epoch ms. */
export function rememberedUntil(forgottenAt: string): number {
  return Date.parse(forgottenAt) + REMEMBERED_DAYS * DAY_MS;
}

function toForgotten({ pk, forgottenAt }: Item): ForgottenSubject[] {
  const name = toName(pk);
  return name === undefined || typeof forgottenAt !== 'string' ? [] : [{ ...name, forgottenAt }];
}

function toName(pk: unknown): SubjectName | undefined {
  const [, kind, id] = /^(identity|operator)#(.+)$/s.exec(String(pk)) ?? [];
  return kind === undefined || id === undefined ? undefined : { kind: kind as SubjectName['kind'], id };
}

/** Of the item by pseudonym nobody learns a key: it is the one by name that counts. */
function toSubject({ pk, pseudonym, secret }: Item): KeptSubject[] {
  const name = toName(pk);
  if (name === undefined || typeof pseudonym !== 'string' || !(secret instanceof Uint8Array)) return [];
  return [{ ...name, pseudonym, key: Uint8Array.from(secret) }];
}
