// What every store of facts promises.
import { describe, expect, it } from 'vitest';
import { type Fact, OWN_SOURCE } from '../../../lambdas/core/identity/facts.ts';
import {
  type EventId,
  type FactStore,
  MAXIMUM_FACTS_AT_ONCE,
  type RecordEffect,
} from '../../../lambdas/stores/facts/fact-store.ts';
import { entryOf, factOf, kept, know, lease, NOW_MS, type OpenStores, recording, SUMMARY, taskOf } from './examples.ts';

const INSTANT_MS = Date.parse('2026-12-01T08:00:00Z');

function effectOf(identityId: string, changes: Partial<RecordEffect> = {}): RecordEffect {
  const raise = { expectedVersion: 1, summary: SUMMARY, nowMs: INSTANT_MS, nextCheckMs: INSTANT_MS + 1 };
  return { identityId, instantMs: INSTANT_MS, ...raise, audit: [], ...changes };
}

/** More of one identity than are looked up at once. */
async function recordMany(facts: FactStore): Promise<readonly Fact[]> {
  const known = Array.from({ length: 110 }, () => factOf('E1'));
  for (let start = 0; start < known.length; start += 10) {
    const [first, ...others] = known.slice(start, start + 10) as [Fact, ...Fact[]];
    const also = others.map((fact) => ({ fact, payloadHash: 'a hash', audit: [] }));
    await facts.recordFact(recording(first, { expectedVersion: start, also }));
  }
  return known;
}

export function describeFacts(open: OpenStores): void {
  describe('a fact', () => {
    it('makes an identity known, with the fact and nothing else', async () => {
      const { facts, directory, audit } = await open();
      expect(await directory.load('E1')).toBeUndefined();
      const fact = factOf('E1');
      expect(await facts.recordFact(recording(fact, { audit: [entryOf('E1')] }))).toBe('recorded');
      expect(await directory.load('E1')).toEqual({
        header: {
          identityId: 'E1',
          version: 1,
          epoch: 0,
          clockMs: NOW_MS,
          failedPasses: 0,
          nextCheckMs: NOW_MS + 60_000,
          summary: SUMMARY,
        },
        facts: [fact],
        effects: [],
        accounts: [],
        tasks: [],
      });
      expect((await audit.list('E1', { limit: 10 })).items).toEqual([entryOf('E1')]);
    });

    it('is known by its source and id, with the answer it was given', async () => {
      const { facts } = await open();
      const fact = factOf('E1', { held: 'hold-1' });
      const { source, sourceEventId } = fact;
      expect(await facts.findAcceptedEvent(source, sourceEventId)).toBeUndefined();
      await facts.recordFact(recording(fact));
      const payloadHash = `hash of ${sourceEventId}`;
      const accepted = { source, sourceEventId, payloadHash, identityId: 'E1', version: 1, held: 'hold-1' };
      expect(await facts.findAcceptedEvent(source, sourceEventId)).toEqual(accepted);
      expect(await facts.findAcceptedEvent('other-hr', sourceEventId)).toBeUndefined();
    });

    it('is listed with those of its source, received last first, a page at a time', async () => {
      const { facts } = await open();
      const [early, late] = [NOW_MS, NOW_MS + 1_000];
      const named = (identityId: string, sourceEventId: string, changes: Partial<Fact> = {}) => {
        return { ...factOf(identityId), sourceEventId, ...changes } as Fact;
      };
      const told = ['E1', 'E2', 'E3', 'E4', 'E5'].map((identityId, index) =>
        named(identityId, `told-${index}`, { receivedMs: index < 2 ? early : late }),
      );
      const other = named('E6', 'other', { source: 'other-hr' });
      const own = named('E7', 'own', { source: OWN_SOURCE });
      for (const fact of [...told, other, own]) await facts.recordFact(recording(fact));
      const { source } = told[0] as Fact;
      const pages: string[][] = [];
      let after: string | undefined;
      do {
        const page = await facts.listAcceptedEvents({ source, limit: 2, after });
        pages.push(page.items.map(({ sourceEventId }) => sourceEventId));
        after = page.next;
      } while (after !== undefined);
      const listed = pages.flat();
      expect(pages.every((page) => page.length <= 2)).toBe(true);
      expect([...listed.slice(0, 3)].sort()).toEqual(['told-2', 'told-3', 'told-4']);
      expect([...listed.slice(3)].sort()).toEqual(['told-0', 'told-1']);
      expect((await facts.listAcceptedEvents({ source: 'other-hr', limit: 2 })).items).toEqual([
        await facts.findAcceptedEvent('other-hr', 'other'),
      ]);
      expect((await facts.listAcceptedEvents({ source: OWN_SOURCE, limit: 2 })).items).toEqual([]);
      const first = await facts.listAcceptedEvents({ source, limit: 2 });
      const stolen = facts.listAcceptedEvents({ source: 'other-hr', limit: 2, after: first.next });
      await expect(stolen).rejects.toMatchObject({ name: 'InvalidInputError' });
    });

    it('is recorded once, whatever version it is decided on and whomever it is about', async () => {
      const stores = await open();
      const fact = factOf('E1');
      await stores.facts.recordFact(recording(fact));
      const before = await kept(stores, 'E1', 'E2');
      for (const expectedVersion of [0, 1, 2]) {
        const again = recording(fact, { expectedVersion, audit: [entryOf('E1')] });
        expect(await stores.facts.recordFact(again)).toBe('duplicate');
      }
      expect(await stores.facts.recordFact(recording({ ...fact, identityId: 'E2' }))).toBe('duplicate');
      expect(await kept(stores, 'E1', 'E2')).toEqual(before);
    });

    it.each([
      ['of one who is known already', 0],
      ['on a version to come', 2],
    ])('is refused %s', async (_, expectedVersion) => {
      const stores = await open();
      await know(stores, 'E1');
      const before = await kept(stores, 'E1');
      const fact = factOf('E1');
      const late = recording(fact, { expectedVersion, nowMs: NOW_MS + 1, audit: [entryOf('E1')] });
      expect(await stores.facts.recordFact(late)).toBe('version-changed');
      expect(await kept(stores, 'E1')).toEqual(before);
      expect(await stores.facts.findAcceptedEvent(fact.source, fact.sourceEventId)).toBeUndefined();
    });

    it('is kept though it holds the history of another identity', async () => {
      const { facts, directory } = await open();
      const own = factOf('E1');
      await facts.recordFact(recording(own));
      const history = Array.from({ length: 3_000 }, (_, index) => ({
        ...factOf('E2', { recordedMs: NOW_MS + index }),
        factId: `acme-hr:other-${index}`,
        sourceEventId: `other-${index}`,
      }));
      const base = { ...factOf('E1', { recordedMs: NOW_MS + 1 }), factId: 'tenure:absorbs', sourceEventId: 'absorbs' };
      const absorbed = { ...base, type: 'absorbed', duplicate: 'E2', decidedBy: 'E9', reason: 'one', facts: history };
      const written = await facts.recordFact(recording(absorbed as never, { expectedVersion: 1 }));
      expect(written).toBe('recorded');
      expect((await directory.load('E1'))?.facts).toEqual([own, absorbed]);
      expect(await facts.findFacts([absorbed as never])).toEqual([absorbed]);
    });

    it('is refused about one who is not known, unless it is decided on that', async () => {
      const stores = await open();
      expect(await stores.facts.recordFact(recording(factOf('E1'), { expectedVersion: 1 }))).toBe('version-changed');
      expect(await stores.directory.load('E1')).toBeUndefined();
    });

    it('is one of those that were decided on the same version', async () => {
      const { facts, directory } = await open();
      for (const expectedVersion of [0, 1, 2]) {
        const rivals = Array.from({ length: 5 }, () => facts.recordFact(recording(factOf('E1'), { expectedVersion })));
        const outcomes = await Promise.all(rivals);
        expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
      }
      const record = await directory.load('E1');
      expect([record?.header.version, record?.facts.length]).toEqual([3, 3]);
    });

    it('is refused with an audit entry that is there already', async () => {
      const stores = await open();
      await stores.audit.append([entryOf('E1')]);
      const fact = factOf('E1');
      expect(await stores.facts.recordFact(recording(fact, { audit: [entryOf('E1')] }))).toBe('version-changed');
      expect(await stores.directory.load('E1')).toBeUndefined();
      expect(await stores.facts.findAcceptedEvent(fact.source, fact.sourceEventId)).toBeUndefined();
    });

    it('is read in the order of recording, whatever came in first', async () => {
      const stores = await open();
      const recorded = [2_000, 1_000, 3_000].map((recordedMs) => factOf('E1', { recordedMs }));
      for (const [index, fact] of recorded.entries()) {
        await stores.facts.recordFact(recording(fact, { expectedVersion: index }));
      }
      const found = await stores.directory.load('E1');
      expect(found?.facts.map(({ recordedMs }) => recordedMs)).toEqual([1_000, 2_000, 3_000]);
    });

    it('raises the version and the clock, forgives failed passes, and leaves the right to act as it is', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = await lease(stores, 'E1');
      const escalation = { atMs: NOW_MS, failed: [{ applicationId: 'chat', error: '503' }] };
      const settled = { version: 1, nowMs: NOW_MS, summary: SUMMARY, applications: ['chat'], audit: [] };
      await stores.leases.settleLease({ identityId: 'E1', epoch, ...settled, nextCheckMs: undefined });
      const failed = { failedPasses: 3, nextCheckMs: NOW_MS, escalation, audit: [] };
      await stores.leases.releaseLease({ identityId: 'E1', epoch: await lease(stores, 'E1'), ...failed });
      await lease(stores, 'E1', 'another pass');
      const before = (await stores.directory.load('E1'))?.header;
      expect(before).toMatchObject({ failedPasses: 3, escalation, settledVersion: 1, epoch: 3 });
      const summary = { status: 'departed' } as const;
      await stores.facts.recordFact(
        recording(factOf('E1'), { expectedVersion: 1, nowMs: NOW_MS + 5, nextCheckMs: NOW_MS + 9, summary }),
      );
      expect((await stores.directory.load('E1'))?.header).toEqual({
        ...before,
        version: 2,
        clockMs: NOW_MS + 5,
        nextCheckMs: NOW_MS + 9,
        failedPasses: 0,
        summary,
      });
    });
  });

  describe('facts that go together', () => {
    const several = (count: number) => Array.from({ length: count }, () => factOf('E1'));
    const also = (facts: readonly Fact[]) =>
      facts.map((fact) => ({
        fact,
        payloadHash: `hash of ${fact.sourceEventId}`,
        audit: [entryOf('E1', fact.factId)],
      }));

    it('are recorded in one write, each with the next version: as many as are written at once', async () => {
      const { facts, directory, audit } = await open();
      const [first, ...others] = several(MAXIMUM_FACTS_AT_ONCE);
      const input = recording(first as Fact, { audit: [entryOf('E1', 'first')], also: also(others) });
      expect(await facts.recordFact(input)).toBe('recorded');
      const record = await directory.load('E1');
      expect(record?.header.version).toBe(MAXIMUM_FACTS_AT_ONCE);
      expect(record?.facts.map(({ factId }) => factId).sort()).toEqual(
        [first, ...others].map((fact) => fact?.factId).sort(),
      );
      expect((await audit.list('E1', { limit: 100 })).items).toHaveLength(MAXIMUM_FACTS_AT_ONCE);
      for (const [index, fact] of [first as Fact, ...others].entries()) {
        expect(await facts.findAcceptedEvent(fact.source, fact.sourceEventId)).toMatchObject({ version: index + 1 });
      }
    });

    it.each([
      ['when one of them was accepted before', 'duplicate', { expectedVersion: 1 }],
      ['when the version has changed', 'version-changed', { expectedVersion: 7 }],
    ] as const)('are not recorded at all %s', async (_, outcome, { expectedVersion }) => {
      const stores = await open();
      const [known, ...fresh] = several(4) as [Fact, Fact, Fact, Fact];
      await stores.facts.recordFact(recording(known));
      const before = await kept(stores, 'E1');
      const others = outcome === 'duplicate' ? [fresh[1], known] : [fresh[1], fresh[2]];
      const input = recording(fresh[0], { expectedVersion, also: also(others) });
      expect(await stores.facts.recordFact(input)).toBe(outcome);
      expect(await kept(stores, 'E1')).toEqual(before);
      const { source, sourceEventId } = fresh[0];
      expect(await stores.facts.findAcceptedEvent(source, sourceEventId)).toBeUndefined();
    });
  });

  describe('an id', () => {
    it.each([
      ['E1a', 'e1A'],
      ['e1a', 'E1A'],
      ['E1A', 'e1a'],
    ])('%s is claimed in every spelling by the first fact about it: %s is not to be had', async (id, other) => {
      const stores = await open();
      const { facts, directory } = stores;
      expect(await facts.findOtherSpellings([id, other])).toEqual(new Map());
      await know(stores, id);
      const fact = factOf(other);
      const before = await kept(stores, id, other);
      expect(await facts.recordFact(recording(fact, { audit: [entryOf(other)] }))).toBe('spelling-taken');
      expect(await kept(stores, id, other)).toEqual(before);
      expect(await directory.load(other)).toBeUndefined();
      expect(await facts.findAcceptedEvent(fact.source, fact.sourceEventId)).toBeUndefined();
      expect(await facts.findOtherSpellings([id, other, 'E2'])).toEqual(new Map([[other, id]]));
      expect(await facts.recordFact(recording(factOf(id), { expectedVersion: 1 }))).toBe('recorded');
    });

    it.each([
      ['E1A', 'e1A'],
      ['e1a', 'E1a'],
    ])('%s of before there were claims is found as such, and its own facts are never refused', async (id, other) => {
      const stores = await open();
      const { facts } = stores;
      // What Tenure itself states claims nothing.
      await facts.recordFact(recording({ ...factOf(id), source: 'tenure' }));
      expect(await facts.findOtherSpellings([id, other])).toEqual(new Map([[other, id]]));
      expect(await facts.recordFact(recording(factOf(other)))).toBe('spelling-taken');
      expect(await facts.recordFact(recording(factOf(id), { expectedVersion: 1 }))).toBe('recorded');
    });

    it('is had by one of those who claim it at the same time', async () => {
      const { facts } = await open();
      const rivals = ['E1a', 'e1a', 'E1A', 'e1A'].map((id) => facts.recordFact(recording(factOf(id))));
      const outcomes = (await Promise.all(rivals)).sort();
      expect(outcomes).toEqual(['recorded', 'spelling-taken', 'spelling-taken', 'spelling-taken']);
    });

    it('is looked up with many others at once', async () => {
      const stores = await open();
      await know(stores, 'E1a');
      const asked = [...Array.from({ length: 120 }, (_, index) => `x${index}Y`), 'e1A'];
      expect(await stores.facts.findOtherSpellings(asked)).toEqual(new Map([['e1A', 'E1a']]));
      expect(await stores.facts.findOtherSpellings([])).toEqual(new Map());
    });
  });

  describe('many events', () => {
    it('are looked up at once, those that are not known and named twice among them', async () => {
      const { facts } = await open();
      const known = await recordMany(facts);
      const unknown = { source: 'acme-hr', sourceEventId: 'never heard of' };
      const asked = [...known, unknown, ...known.slice(0, 5)];
      const { accepted: found } = await facts.findKnown({ events: asked });
      const idOf = ({ source, sourceEventId }: EventId) => `${source}:${sourceEventId}`;
      expect(found.map(idOf).sort()).toEqual(known.map(idOf).sort());
      const [first] = known as [Fact];
      expect(found).toContainEqual(await facts.findAcceptedEvent(first.source, first.sourceEventId));
      expect(await facts.findKnown({ events: [] })).toEqual({ accepted: [], identityIds: new Set() });
    });

    it('are looked up with identities, of whom only those are told that anything is known of', async () => {
      const { facts } = await open();
      const known = await recordMany(facts);
      const [{ identityId }] = known as [Fact];
      const strangers = Array.from({ length: 120 }, (_, index) => `nobody-${index}`);
      const found = await facts.findKnown({
        events: known.slice(0, 1),
        identityIds: [identityId, ...strangers, identityId],
      });
      expect(found).toMatchObject({ accepted: [{ identityId }], identityIds: new Set([identityId]) });
    });
  });

  describe('facts', () => {
    it('are read by where they lie, those that are not there and named twice among them', async () => {
      const { facts } = await open();
      const known = await recordMany(facts);
      const [first] = known as [Fact];
      const elsewhere = [
        { ...first, identityId: 'E2' },
        { ...first, recordedMs: first.recordedMs + 1 },
        { ...first, factId: 'acme-hr:never' },
      ];
      const found = await facts.findFacts([...known, ...elsewhere, first]);
      const byId = (some: readonly Fact[]) => some.toSorted((a, b) => (a.factId < b.factId ? -1 : 1));
      expect(byId(found)).toEqual(byId(known));
      expect(await facts.findFacts([])).toEqual([]);
    });
  });

  describe('an attestation', () => {
    it('closes its task in the same write', async () => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [] });
      const attestedTask = taskOf('E1', '0', { status: 'done', attestedBy: 'E9', attestedMs: NOW_MS });
      expect(await stores.facts.recordFact(recording(factOf('E1'), { expectedVersion: 1, attestedTask }))).toBe(
        'recorded',
      );
      expect((await stores.directory.load('E1'))?.tasks).toEqual([attestedTask]);
    });

    it.each([['done'], ['superseded'], [undefined]] as const)('of a task that is %s is refused', async (status) => {
      const stores = await open();
      await know(stores, 'E1');
      if (status !== undefined) {
        await stores.tasks.openTask({ task: taskOf('E1', '0', { status }), supersedes: [], audit: [] });
      }
      const before = await kept(stores, 'E1');
      const attestedTask = taskOf('E1', '0', { status: 'done', attestedBy: 'E9', attestedMs: NOW_MS });
      const attesting = recording(factOf('E1'), { expectedVersion: 1, attestedTask, audit: [entryOf('E1')] });
      expect(await stores.facts.recordFact(attesting)).toBe('version-changed');
      expect(await kept(stores, 'E1')).toEqual(before);
    });
  });

  describe('two facts together', () => {
    it('are recorded in one write', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const together = recording(factOf('E2'), { audit: [entryOf('E2')] });
      const both = recording(factOf('E1'), { expectedVersion: 1, audit: [entryOf('E1')], together });
      expect(await stores.facts.recordFact(both)).toBe('recorded');
      expect((await stores.directory.load('E1'))?.header.version).toBe(2);
      expect((await stores.directory.load('E2'))?.header.version).toBe(1);
      for (const id of ['E1', 'E2']) expect((await stores.audit.list(id, { limit: 10 })).items).toHaveLength(1);
      const { source, sourceEventId } = together.fact;
      expect(await stores.facts.findAcceptedEvent(source, sourceEventId)).toMatchObject({ identityId: 'E2' });
    });

    it.each([
      ['the one version has changed', { expectedVersion: 0 }, {}],
      ['the other version has changed', {}, { expectedVersion: 0 }],
      ['the other has its entry already', {}, { audit: [entryOf('E2', 'old')] }],
    ])('are not recorded at all when %s', async (_, one, other) => {
      const stores = await open();
      for (const id of ['E1', 'E2']) await know(stores, id);
      await stores.audit.append([entryOf('E2', 'old')]);
      const before = await kept(stores, 'E1', 'E2');
      const together = recording(factOf('E2'), { expectedVersion: 1, ...other });
      const both = recording(factOf('E1'), { expectedVersion: 1, audit: [entryOf('E1')], together, ...one });
      expect(await stores.facts.recordFact(both)).toBe('version-changed');
      expect(await kept(stores, 'E1', 'E2')).toEqual(before);
    });

    it('are not recorded at all when the other was accepted before', async () => {
      const stores = await open();
      const known = factOf('E2');
      await stores.facts.recordFact(recording(known));
      const before = await kept(stores, 'E1', 'E2');
      const together = recording(known, { expectedVersion: 1 });
      expect(await stores.facts.recordFact(recording(factOf('E1'), { together }))).toBe('version-changed');
      expect(await kept(stores, 'E1', 'E2')).toEqual(before);
    });
  });

  describe('an instant', () => {
    it('is recorded once, as a version with its own clock and entry', async () => {
      const stores = await open();
      await know(stores, 'E1');
      expect(await stores.facts.recordEffect(effectOf('E1', { audit: [entryOf('E1')] }))).toBe('recorded');
      const record = await stores.directory.load('E1');
      expect(record).toMatchObject({
        header: { version: 2, clockMs: INSTANT_MS, nextCheckMs: INSTANT_MS + 1 },
        effects: [INSTANT_MS],
      });
      const before = await kept(stores, 'E1');
      for (const expectedVersion of [1, 2]) {
        expect(await stores.facts.recordEffect(effectOf('E1', { expectedVersion }))).toBe('duplicate');
      }
      expect(await kept(stores, 'E1')).toEqual(before);
    });

    it.each([[0], [2]])('is refused on version %i of an identity at version 1', async (expectedVersion) => {
      const stores = await open();
      await know(stores, 'E1');
      const before = await kept(stores, 'E1');
      const late = effectOf('E1', { expectedVersion, audit: [entryOf('E1')] });
      expect(await stores.facts.recordEffect(late)).toBe('version-changed');
      expect(await kept(stores, 'E1')).toEqual(before);
    });

    it('is refused with an audit entry that is there already', async () => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.audit.append([entryOf('E1')]);
      expect(await stores.facts.recordEffect(effectOf('E1', { audit: [entryOf('E1')] }))).toBe('version-changed');
      expect((await stores.directory.load('E1'))?.effects).toEqual([]);
    });

    it('is read in the order of time', async () => {
      const stores = await open();
      await know(stores, 'E1');
      for (const [index, instantMs] of [3_000, 1_000, 2_000].entries()) {
        await stores.facts.recordEffect(effectOf('E1', { instantMs, expectedVersion: index + 1 }));
      }
      expect((await stores.directory.load('E1'))?.effects).toEqual([1_000, 2_000, 3_000]);
    });
  });
}
