// What every store of pseudonyms and keys promises.
import { expect, it } from 'vitest';
import { type SubjectName, subjectKey } from '../../../lambdas/core/audit/redaction.ts';
import type { SubjectStore } from '../../../lambdas/stores/subjects/subject-store.ts';

const ADA: SubjectName = { kind: 'identity', id: 'E1' };
const ADA_AS_OPERATOR: SubjectName = { kind: 'operator', id: 'E1' };
const NOW = Date.parse('2026-11-28T18:00:00Z');
const DAY_MS = 86_400_000;

export function describeSubjects(open: () => Promise<SubjectStore>): void {
  const one = async (store: SubjectStore, name: SubjectName) => {
    const found = (await store.subjectsOf([name])).get(subjectKey(name));
    if (found === undefined) throw new Error('there is none');
    return found;
  };

  it('gives whoever is asked for first a pseudonym and a key at random, and then the same for ever', async () => {
    const store = await open();
    const names = [ADA, ADA_AS_OPERATOR, { kind: 'identity', id: 'E2' }, ADA] as const;
    const first = await store.subjectsOf(names);
    const subjects = [...first.values()];
    expect(first.size).toBe(3);
    for (const { pseudonym, key } of subjects) {
      expect(pseudonym).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(key).toHaveLength(32);
    }
    expect(new Set(subjects.map(({ pseudonym }) => pseudonym)).size).toBe(3);
    expect(new Set(subjects.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(3);
    expect(await store.subjectsOf(names)).toEqual(first);
  });

  it('gives all who ask at once the same', async () => {
    const store = await open();
    const asked = await Promise.all(Array.from({ length: 10 }, () => one(store, ADA)));
    expect(new Set(asked.map(({ pseudonym }) => pseudonym)).size).toBe(1);
    expect(new Set(asked.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(1);
  });

  it('gives more at once than one read and one transaction hold, some of them known', async () => {
    const store = await open();
    const names = Array.from({ length: 130 }, (_, index) => ({ kind: 'identity', id: `M${index}` }) as const);
    const known = await store.subjectsOf(names.slice(40, 60));
    const all = await store.subjectsOf(names);
    expect(all.size).toBe(130);
    for (const [key, subject] of known) expect(all.get(key)).toEqual(subject);
  });

  it('says whose a pseudonym is, and which somebody has, without giving one to whoever has none', async () => {
    const store = await open();
    const ada = await one(store, ADA);
    const { pseudonym } = ada;
    expect(await store.findSubjects([ADA, ADA_AS_OPERATOR])).toEqual(new Map([[subjectKey(ADA), ada]]));
    expect(await store.resolve([pseudonym, 'AAAAAAAAAAAAAAAAAAAAAA'])).toEqual(new Map([[pseudonym, ADA]]));
    expect(await store.findPseudonyms([ADA, ADA_AS_OPERATOR])).toEqual(new Map([[subjectKey(ADA), pseudonym]]));
    expect(await store.findPseudonyms([ADA_AS_OPERATOR])).toEqual(new Map());
  });

  it('forgets an id in both its roles, and nobody else', async () => {
    const store = await open();
    const names = [ADA, ADA_AS_OPERATOR, { kind: 'identity', id: 'E2' }] as const;
    const before = await store.subjectsOf(names);
    await store.forget('E1', NOW, NOW + DAY_MS);
    const pseudonyms = [...before.values()].map(({ pseudonym }) => pseudonym);
    expect([...(await store.resolve(pseudonyms)).values()]).toEqual([names[2]]);
    expect([...(await store.findPseudonyms(names)).keys()]).toEqual(['identity#E2']);
    expect(await one(store, names[2])).toEqual(before.get('identity#E2'));
  });

  it('takes whoever comes again for somebody else, and says when the one before was forgotten', async () => {
    const store = await open();
    const before = await one(store, ADA);
    expect(before.forgottenAt).toBeUndefined();
    await store.forget('E1', NOW, NOW + DAY_MS);
    await store.forget('E1', NOW + 1, NOW + DAY_MS);
    const after = await one(store, ADA);
    expect(after.pseudonym).not.toBe(before.pseudonym);
    expect(after.key).not.toEqual(before.key);
    expect(after.forgottenAt).toBe('2026-11-28T18:00:00.000Z');
    expect(await one(store, ADA)).toEqual(after);
  });

  it('keeps no pseudonym for what is only told once more of somebody who was forgotten', async () => {
    const store = await open();
    const before = await one(store, ADA);
    await store.forget('E1', NOW, NOW + DAY_MS);
    const told = (at: string) => store.subjectsOf([ADA], new Map([[subjectKey(ADA), at]]));
    const again = (await told('2026-11-28T18:00:00.000Z')).get(subjectKey(ADA));
    expect(again?.forgottenAt).toBe('2026-11-28T18:00:00.000Z');
    expect([before.pseudonym, '']).not.toContain(again?.pseudonym);
    expect(await store.findPseudonyms([ADA])).toEqual(new Map());
    expect(await store.resolve([again?.pseudonym ?? ''])).toEqual(new Map());
    const since = (await told('2026-11-28T18:00:00.001Z')).get(subjectKey(ADA));
    expect(await store.findPseudonyms([ADA])).toEqual(new Map([[subjectKey(ADA), since?.pseudonym]]));
    // Of whoever came since, all is told as of anybody.
    expect((await told('2026-11-28T18:00:00.000Z')).get(subjectKey(ADA))).toEqual(since);
  });

  it('says who was forgotten, and by what, whoever has the id now', async () => {
    const store = await open();
    const proof = { at: '2026-11-28T17:00:00.000Z', salt: 'AAAAAAAAAAAAAAAAAAAAAA' };
    await one(store, ADA);
    expect(await store.findForgotten([ADA])).toEqual(new Map());
    await store.forget('E1', NOW, NOW + DAY_MS, proof);
    const forgotten = new Map([[subjectKey(ADA), { forgottenAt: '2026-11-28T18:00:00.000Z', proof }]]);
    expect(await store.findForgotten([ADA, ADA_AS_OPERATOR])).toEqual(forgotten);
    await one(store, ADA);
    expect(await store.findForgotten([ADA])).toEqual(forgotten);
  });

  it('forgets while somebody asks, without keeping half of it', async () => {
    const store = await open();
    const before = await one(store, ADA);
    const [asked] = await Promise.all([one(store, ADA), store.forget('E1', NOW, NOW + DAY_MS)]);
    expect(await store.resolve([before.pseudonym])).toEqual(new Map());
    const after = await one(store, ADA);
    expect(after.pseudonym).not.toBe(before.pseudonym);
    expect([before.pseudonym, after.pseudonym]).toContain(asked.pseudonym);
  });
}
