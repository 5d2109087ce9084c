// Pseudonyms and keys in memory, on the same promise as in DynamoDB: test/stores/subjects holds both to it.
import { randomBytes } from 'node:crypto';
import { type Subject, type SubjectName, subjectKey } from '../../lambdas/core/audit/redaction.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import type { Forgotten, SubjectStore } from '../../lambdas/stores/subjects/subject-store.ts';

/** `bytes` draws pseudonyms and keys. */
export function memorySubjects(
  before: (method: string) => Promise<unknown> = async () => {},
  bytes: (size: number) => Uint8Array = randomBytes,
): SubjectStore {
  const byName = new Map<string, { readonly subject?: Subject; readonly forgotten?: Forgotten }>();
  const byPseudonym = new Map<string, SubjectName>();
  const subjectOf = (name: SubjectName, latest: string | undefined): Subject => {
    const key = subjectKey(name);
    const known = byName.get(key);
    if (known?.subject !== undefined) return known.subject;
    const { forgotten } = known ?? {};
    const pseudonym = Buffer.from(bytes(16)).toString('base64url');
    const since = forgotten && { forgottenAt: forgotten.forgottenAt };
    const subject = { pseudonym, key: Uint8Array.from(bytes(32)), ...since };
    if (latest !== undefined && forgotten !== undefined && latest <= forgotten.forgottenAt) return subject;
    byName.set(key, { subject, ...(forgotten && { forgotten }) });
    byPseudonym.set(pseudonym, name);
    return subject;
  };
  return {
    async subjectsOf(names, latest) {
      await before('subjectsOf');
      return new Map(names.map((name) => [subjectKey(name), subjectOf(name, latest?.get(subjectKey(name)))]));
    },
    async findForgotten(names) {
      await before('findForgotten');
      return new Map(
        names.map(subjectKey).flatMap((key) => {
          const forgotten = byName.get(key)?.forgotten;
          return forgotten === undefined ? [] : [[key, forgotten] as const];
        }),
      );
    },
    async findPseudonyms(names) {
      await before('findPseudonyms');
      const keys = names.map(subjectKey);
      return new Map(
        keys.flatMap((key) => {
          const pseudonym = byName.get(key)?.subject?.pseudonym;
          return pseudonym === undefined ? [] : [[key, pseudonym] as const];
        }),
      );
    },
    async findSubjects(names) {
      await before('findSubjects');
      const keys = names.map(subjectKey);
      return new Map(
        keys.flatMap((key) => {
          const subject = byName.get(key)?.subject;
          return subject === undefined ? [] : [[key, subject] as const];
        }),
      );
    },
    async resolve(pseudonyms) {
      await before('resolve');
      return new Map(
        pseudonyms.flatMap((pseudonym) => {
          const name = byPseudonym.get(pseudonym);
          return name === undefined ? [] : [[pseudonym, name] as const];
        }),
      );
    },
    async forget(id, forgottenMs, _untilMs, proof) {
      await before('forget');
      for (const kind of ['identity', 'operator'] as const) {
        const key = subjectKey({ kind, id });
        const pseudonym = byName.get(key)?.subject?.pseudonym;
        if (pseudonym === undefined) continue;
        byPseudonym.delete(pseudonym);
        byName.set(key, { forgotten: { forgottenAt: toIso(forgottenMs), ...(proof && { proof }) } });
      }
    },
  };
}
