// Pseudonyms and keys in DynamoDB: an item by name and an item by pseudonym, which are written and deleted together. Who
// was forgotten leaves an item that says when, until the table's time to live takes it away.
//
// Nothing is remembered between calls: a key that was destroyed must not live on in a function.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { SUBJECT_KEY_BYTES } from '../../core/audit/personal-part.ts';
import { type Subject, type SubjectName, subjectKey } from '../../core/audit/redaction.ts';
import { RetryableError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { dynamoClient, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { ErasureProof, Forgotten, SubjectStore } from './subject-store.ts';

/** The attribute that the table's time to live reads, in seconds. */
export const SUBJECT_EXPIRY_ATTRIBUTE = 'expiresSeconds';

const PSEUDONYM_BYTES = 16;
/** DynamoDB's own bounds: keys of one read, and items of one transaction, of which a subject takes two. */
const KEYS_AT_ONCE = 100;
const CREATED_AT_ONCE = 50;
/** Somebody else creates or forgets one of them meanwhile, or DynamoDB answers in part. 6 tries wait at most 1.6 s. */
const TRIES = 6;
const WAIT_MS = 25;

type Item = Readonly<Record<string, unknown>>;

/** What is known under a name. */
interface Known {
  readonly subject?: Subject | undefined;
  readonly forgotten?: Forgotten | undefined;
}

export function dynamoSubjectStore(): SubjectStore {
  return {
    async subjectsOf(names, latest = new Map()) {
      const wanted = new Map(names.map((name) => [subjectKey(name), name]));
      const found = new Map<string, Subject>();
      for (let attempt = 1; attempt <= TRIES; attempt += 1) {
        const missing = [...wanted].filter(([key]) => !found.has(key));
        if (missing.length === 0) return found;
        const known = await readKnown(missing.map(([key]) => key));
        for (const [key, { subject, forgotten }] of known) {
          if (subject !== undefined) found.set(key, subject);
          else if (isOfBefore(latest.get(key), forgotten)) found.set(key, { ...nobody(), ...since(forgotten) });
        }
        const absent = missing.filter(([key]) => !found.has(key)).slice(0, CREATED_AT_ONCE * TRIES);
        for (let start = 0; start < absent.length; start += CREATED_AT_ONCE) {
          const created = await create(absent.slice(start, start + CREATED_AT_ONCE), known);
          for (const [key, subject] of created) found.set(key, subject);
        }
        if (found.size < wanted.size) await pause(attempt);
      }
      throw new RetryableError(`${wanted.size - found.size} pseudonyms are changing all the time`);
    },

    async findPseudonyms(names) {
      const known = await readKnown(names.map(subjectKey));
      return new Map([...known].flatMap(([key, { subject }]) => (subject ? [[key, subject.pseudonym] as const] : [])));
    },

    async findSubjects(names) {
      const known = await readKnown(names.map(subjectKey));
      return new Map([...known].flatMap(([key, { subject }]) => (subject ? [[key, subject] as const] : [])));
    },

    async findForgotten(names) {
      const known = await readKnown(names.map(subjectKey));
      return new Map([...known].flatMap(([key, { forgotten }]) => (forgotten ? [[key, forgotten] as const] : [])));
    },

    async resolve(pseudonyms) {
      const items = await readItems(pseudonyms.map(pseudonymKey));
      return new Map(
        items.map(({ pseudonym, kind, id }) => [pseudonym as string, { kind, id } as SubjectName] as const),
      );
    },

    async forget(id, forgottenMs, untilMs, proof) {
      for (const kind of ['identity', 'operator'] as const) await forgetOne({ kind, id }, forgottenMs, untilMs, proof);
    },
  };
}

function table(): string {
  return fromEnvironment('subjectsTable');
}

function pseudonymKey(pseudonym: string): string {
  return `pseudonym#${pseudonym}`;
}

/** None where another call was faster with one of them, or one was forgotten since it was read. */
async function create(
  absent: readonly (readonly [string, SubjectName])[],
  known: ReadonlyMap<string, Known>,
): Promise<ReadonlyMap<string, Subject>> {
  const created = new Map<string, Subject>();
  const items = absent.flatMap(([key, { kind, id }]) => {
    const forgotten = known.get(key)?.forgotten;
    const { pseudonym, key: secret } = nobody();
    created.set(key, { pseudonym, key: secret, ...since(forgotten) });
    return [
      put(
        { pk: key, pseudonym, secret, ...forgotten },
        forgotten === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'attribute_not_exists(pseudonym) AND forgottenAt = :forgottenAt',
              ExpressionAttributeValues: { ':forgottenAt': forgotten.forgottenAt },
            },
      ),
      put({ pk: pseudonymKey(pseudonym), pseudonym, kind, id }, { ConditionExpression: 'attribute_not_exists(pk)' }),
    ];
  });
  const failed = await transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems: items })));
  return failed === undefined ? created : new Map();
}

/** A pseudonym and a key that nobody has yet. */
function nobody(): { readonly pseudonym: string; readonly key: Uint8Array } {
  return {
    pseudonym: randomBytes(PSEUDONYM_BYTES).toString('base64url'),
    key: Uint8Array.from(randomBytes(SUBJECT_KEY_BYTES)),
  };
}

function since(forgotten: Forgotten | undefined): { readonly forgottenAt?: string } {
  return forgotten === undefined ? {} : { forgottenAt: forgotten.forgottenAt };
}

function isOfBefore(latest: string | undefined, forgotten: Forgotten | undefined): boolean {
  return latest !== undefined && forgotten !== undefined && latest <= forgotten.forgottenAt;
}

async function forgetOne(
  name: SubjectName,
  forgottenMs: number,
  untilMs: number,
  proof: ErasureProof | undefined,
): Promise<void> {
  const pk = subjectKey(name);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const pseudonym = (await readKnown([pk])).get(pk)?.subject?.pseudonym;
    if (pseudonym === undefined) return;
    const left = {
      pk,
      forgottenAt: toIso(forgottenMs),
      ...(proof && { proof: { ...proof } }),
      [SUBJECT_EXPIRY_ATTRIBUTE]: Math.ceil(untilMs / 1_000),
    };
    const isTheSame = {
      ConditionExpression: 'pseudonym = :pseudonym',
      ExpressionAttributeValues: { ':pseudonym': pseudonym },
    };
    const deletion = { Delete: { TableName: table(), Key: { pk: pseudonymKey(pseudonym) } } };
    const failed = await transact(() =>
      dynamoClient().send(new TransactWriteCommand({ TransactItems: [put(left, isTheSame), deletion] })),
    );
    if (failed === undefined) return;
    await pause(attempt);
  }
  throw new RetryableError('a pseudonym is changing all the time');
}

function put(
  item: Item,
  condition: { readonly ConditionExpression: string; readonly ExpressionAttributeValues?: Record<string, string> },
) {
  return { Put: { TableName: table(), Item: { ...item }, ...condition } };
}

async function readKnown(keys: readonly string[]): Promise<ReadonlyMap<string, Known>> {
  return new Map((await readItems(keys)).map((item) => [item['pk'] as string, toKnown(item)]));
}

function toKnown({ pseudonym, secret, forgottenAt, proof }: Item): Known {
  const forgotten =
    forgottenAt === undefined ? undefined : ({ forgottenAt, ...(proof !== undefined && { proof }) } as Forgotten);
  if (pseudonym === undefined) return { forgotten };
  const key = Uint8Array.from(secret as Uint8Array);
  return { subject: { pseudonym: pseudonym as string, key, ...since(forgotten) }, forgotten };
}

/** Those that are there, each as it is now, in no order. */
async function readItems(keys: readonly string[]): Promise<readonly Item[]> {
  const unique = [...new Set(keys)];
  const found: Item[] = [];
  for (let start = 0; start < unique.length; start += KEYS_AT_ONCE) {
    found.push(...(await readAtOnce(unique.slice(start, start + KEYS_AT_ONCE))));
  }
  return found;
}

async function readAtOnce(keys: readonly string[]): Promise<readonly Item[]> {
  const found: Item[] = [];
  let left: Record<string, unknown>[] = keys.map((pk) => ({ pk }));
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const { Responses, UnprocessedKeys } = await dynamoClient().send(
      new BatchGetCommand({ RequestItems: { [table()]: { Keys: left, ConsistentRead: true } } }),
    );
    found.push(...(Responses?.[table()] ?? []));
    left = UnprocessedKeys?.[table()]?.Keys ?? [];
    if (left.length === 0) return found;
    await pause(attempt);
  }
  throw new RetryableError(`${left.length} of ${keys.length} pseudonyms could not be read for now`);
}

function pause(attempt: number): Promise<void> {
  return sleep(Math.random() * WAIT_MS * 2 ** (attempt - 1));
}
