// Entries that left the audit table because whom they are about was erased. That is known by what only erasing writes: the
// sealed log has an entry that says so, under an id which is made of the person's own and of a salt that was kept with
// when they were forgotten. Whoever removes entries otherwise would have to have that sealed, for everybody to see.
import { logIdOfErasure, partitionsOf } from '../../core/audit/erasure-entry.ts';
import { type SubjectName, subjectKey } from '../../core/audit/redaction.ts';
import { MAXIMUM_COMMIT_ENTRIES } from '../../core/audit/sealing/sequencing.ts';
import { subjectOf } from '../../core/audit/subject.ts';
import type { LogStore } from '../../stores/log/log-store.ts';
import type { Forgotten, SubjectStore } from '../../stores/subjects/subject-store.ts';

interface Removal {
  readonly eventName: string;
  readonly dynamodb: { readonly Keys: Readonly<Record<string, { readonly S?: string | undefined }>> };
}

interface Dependencies {
  readonly subjects: Pick<SubjectStore, 'findForgotten'>;
  readonly log: Pick<LogStore, 'readPositions'>;
}

/** DynamoDB reads so many at once. */
const NAMES_AT_ONCE = 100;

/** Of these records of the stream those that no erasure accounts for. */
export async function withoutErased<Record extends Removal>(
  dependencies: Dependencies,
  altering: readonly Record[],
): Promise<readonly Record[]> {
  const ids = [...new Set(altering.flatMap(idIn))];
  if (ids.length === 0) return altering;
  const erased = await findErased(dependencies, ids);
  return altering.filter((record) => {
    const forgottenAt = idIn(record).map((id) => erased.get(id))[0];
    return forgottenAt === undefined || atOf(record) > forgottenAt;
  });
}

/** Id → when they were forgotten; of those of whom the log says that they were erased. */
async function findErased(
  { subjects, log }: Dependencies,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const proven: { readonly id: string; readonly logId: string; readonly forgottenAt: string }[] = [];
  for (let start = 0; start < ids.length; start += NAMES_AT_ONCE) {
    const some = ids.slice(start, start + NAMES_AT_ONCE);
    const forgotten = await subjects.findForgotten(some.map(nameOf));
    for (const id of some) proven.push(...proofOf(id, forgotten.get(subjectKey(nameOf(id)))));
  }
  const erased = new Map<string, string>();
  for (let start = 0; start < proven.length; start += MAXIMUM_COMMIT_ENTRIES) {
    const some = proven.slice(start, start + MAXIMUM_COMMIT_ENTRIES);
    const { indexes } = await log.readPositions(
      some.map(({ logId }) => logId),
      [],
    );
    for (const { id, logId, forgottenAt } of some) if (indexes.has(logId)) erased.set(id, forgottenAt);
  }
  return erased;
}

function proofOf(id: string, forgotten: Forgotten | undefined) {
  if (forgotten?.proof === undefined) return [];
  return [{ id, logId: logIdOfErasure(id, forgotten.proof), forgottenAt: forgotten.forgottenAt }];
}

/** Whose entry was removed; of nobody's, and of what was changed, nothing. */
function idIn({ eventName, dynamodb: { Keys } }: Removal): readonly string[] {
  const partition = Keys['pk']?.S ?? '';
  const { id } = subjectOf(partition.replace(/^READS#/, ''));
  return eventName === 'REMOVE' && partitionsOf(id).includes(partition) ? [id] : [];
}

function atOf({ dynamodb: { Keys } }: Removal): string {
  return (Keys['sk']?.S ?? '').replace(/#.*/s, '');
}

function nameOf(id: string): SubjectName {
  return { kind: 'identity', id };
}
