// Whatever the audit table's stream brings, in whatever state, ends in the log once or in the dead letters, and holds nobody up.
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { decodeLogEntry } from '../../../lambdas/core/audit/log-entry.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { redactWith } from '../../../lambdas/handlers/audit/redact-entries.ts';
import {
  type SequenceDependencies,
  type StreamRecord,
  sequenceEntries,
} from '../../../lambdas/handlers/audit/sequence-entries.ts';
import { sequenceMissedEntries } from '../../../lambdas/handlers/audit/sequence-missed-entries.ts';
import type { RefusedEntry } from '../../../lambdas/stores/log/log-queues.ts';
import type { SubjectStore } from '../../../lambdas/stores/subjects/subject-store.ts';
import { entryOf } from '../../stores/identities/examples.ts';
import { type MemoryLog, type MemoryLogObjects, memoryLog, memoryLogObjects } from '../../support/memory-log.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { memorySubjects } from '../../support/memory-subjects.ts';

const NOW_MS = Date.parse('2026-11-28T12:00:00Z');
let log: MemoryLog;
let objects: MemoryLogObjects;
let subjects: SubjectStore;
let setAside: RefusedEntry[];
let published: Record<string, number>[];
let woken: number[];
let nowMs: number;
let dependencies: SequenceDependencies;

beforeEach(() => {
  subjects = memorySubjects();
  [log, objects, setAside, published, woken, nowMs] = [memoryLog(), memoryLogObjects(), [], [], [], NOW_MS];
  dependencies = {
    log,
    objects,
    redact: redactInMemory(),
    subjects,
    wakeSealing: async (afterMs) => void woken.push(afterMs),
    setAside: async (refused) => void setAside.push(refused),
    publish: (measured) => void published.push(measured),
    clock: () => nowMs,
    warn: () => {},
    pause: async () => {},
  };
});

function redactInMemory(): SequenceDependencies['redact'] {
  return redactWith({ subjects, facts: memoryStores().facts, log, warn: () => {} });
}

let sequenceNumbers = 0;
function recordOf(entry: object, eventName = 'INSERT'): StreamRecord {
  const { identityId, at, entryId } = entry as AuditEntry;
  const item = { pk: identityId, sk: `${at}#${entryId}`, ...entry };
  sequenceNumbers += 1;
  return {
    eventName,
    dynamodb: {
      SequenceNumber: String(sequenceNumbers),
      Keys: marshall({ pk: item.pk, sk: item.sk }),
      NewImage: marshall(item, { removeUndefinedValues: true }),
    },
  };
}

const run = (records: readonly StreamRecord[]) => sequenceEntries(dependencies)({ Records: records });
const leaves = () =>
  [...log.batches].sort(([a], [b]) => a - b).flatMap(([, batch]) => batch.leaves.map((leaf) => decodeLogEntry(leaf)));
/** One that a leaf could say, and that no verifier would read. */
const poison = (identityId: string, entryId: string) => ({ ...entryOf(identityId, entryId), version: 0.5 });

describe('what the stream brings', () => {
  it('has its place once, however often it comes, and each subject’s own number', async () => {
    const records = ['a', 'b', 'c'].map((id) => recordOf(entryOf(id === 'b' ? 'E2' : 'E1', id)));
    expect(await run(records)).toEqual({ batchItemFailures: [] });
    expect(await run([...records, recordOf(entryOf('E1', 'd'))])).toEqual({ batchItemFailures: [] });
    expect(leaves().map(({ sequence }) => sequence)).toEqual([0, 0, 1, 2]);
    expect(new Set(leaves().map(({ id }) => id)).size).toBe(4);
    expect(published).toMatchObject([{ sequenced: 3 }, { sequenced: 1 }]);
  });

  it('is sealed once after a rush, and anew for what comes after that', async () => {
    await run([recordOf(entryOf('E1', 'a'))]);
    await run([recordOf(entryOf('E1', 'b'))]);
    expect(woken).toEqual([30_000]);
    nowMs += 30_001;
    await run([recordOf(entryOf('E1', 'c'))]);
    expect(woken).toEqual([30_000, 30_000]);
  });

  it('stays committed though sealing cannot be asked for', async () => {
    dependencies = { ...dependencies, wakeSealing: async () => Promise.reject(new Error('no queue')) };
    expect(await run([recordOf(entryOf('E1', 'a'))])).toEqual({ batchItemFailures: [] });
    expect(leaves()).toHaveLength(1);
  });

  it('is told as tampering when it was altered or taken away', async () => {
    await run([
      recordOf(entryOf('E1', 'a')),
      recordOf(entryOf('E1', 'a'), 'MODIFY'),
      recordOf(entryOf('E1', 'a'), 'REMOVE'),
    ]);
    expect(published).toEqual([{ sequenced: 1, refused: 0, tampered: 2 }]);
    expect(leaves()).toHaveLength(1);
  });
});

describe('what cannot become an entry', () => {
  it('is set aside with its key, and in nobody’s way', async () => {
    const unreadable = recordOf({ ...entryOf('E1', 'x'), event: 'nothing' });
    const records = [
      recordOf(entryOf('E1', 'a')),
      recordOf(poison('E1', 'p')),
      unreadable,
      recordOf(entryOf('E1', 'b')),
    ];
    expect(await run(records)).toEqual({ batchItemFailures: [] });
    expect(await log.readHead()).toMatchObject({ size: 2 });
    expect(leaves().map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(setAside.map(({ pk, sk }) => `${pk} ${sk.split('#')[1]}`)).toEqual(['E1 p', 'E1 x']);
    expect(published).toMatchObject([{ refused: 2 }]);
  });

  it('is refused alone where the pseudonyms of all are asked for at once', async () => {
    const redact = redactInMemory();
    dependencies = {
      ...dependencies,
      redact: async (entries) => {
        if (entries.some(({ entryId }) => entryId === 'p')) throw new RangeError('no such subject');
        return redact(entries);
      },
    };
    await run(['a', 'p', 'b'].map((id) => recordOf(entryOf('E1', id))));
    expect(leaves()).toHaveLength(2);
    expect(setAside).toMatchObject([{ reason: 'RangeError: no such subject' }]);
  });

  it('is refused alone where DynamoDB refuses what it is committed with', async () => {
    dependencies = {
      ...dependencies,
      log: {
        ...log,
        commit: async (commit) => {
          const texts = commit.leaves.map((leaf) => new TextDecoder().decode(leaf));
          if (texts.some((text) => text.includes('"openTasks":7')))
            throw Object.assign(new Error('too large'), { name: 'ValidationException' });
          return await log.commit(commit);
        },
      },
    };
    const entries = ['a', 'p', 'b'].map((id) => ({
      ...entryOf('E1', id),
      event: { type: 'converged', openTasks: id === 'p' ? 7 : 0 },
    }));
    await run(entries.map((entry) => recordOf(entry)));
    expect(leaves()).toHaveLength(2);
    expect(setAside).toHaveLength(1);
  });

  it('comes again with its batch when it could not be set aside', async () => {
    dependencies = { ...dependencies, setAside: async () => Promise.reject(new RetryableError('no queue')) };
    await expect(run([recordOf(poison('E1', 'p'))])).rejects.toThrow('no queue');
  });
});

describe('what cannot be written for now', () => {
  it('comes again with all that is behind it, and nothing overtakes it', async () => {
    const records = Array.from({ length: 60 }, (_, index) => recordOf(entryOf('E1', `e${index}`)));
    const behind = [...records, recordOf(poison('E1', 'p'))];
    let commits = 0;
    dependencies = {
      ...dependencies,
      log: {
        ...log,
        commit: async (commit) => {
          commits += 1;
          if (commits > 1) throw new RetryableError('throttled');
          return await log.commit(commit);
        },
      },
    };
    expect(await run(behind)).toEqual({
      batchItemFailures: [{ itemIdentifier: records[48]?.dynamodb.SequenceNumber }],
    });
    expect(leaves()).toHaveLength(48);
    // It is behind, and looked at when the others are through.
    expect(setAside).toEqual([]);
  });

  it('gives up after as many tries as others take the position, and comes again', async () => {
    let tries = 0;
    dependencies = {
      ...dependencies,
      log: {
        ...log,
        commit: async () => {
          tries += 1;
          return false;
        },
      },
    };
    const record = recordOf(entryOf('E1', 'a'));
    expect(await run([record])).toEqual({ batchItemFailures: [{ itemIdentifier: record.dynamodb.SequenceNumber }] });
    expect(tries).toBe(12);
  });
});

describe('an entry too large for a leaf', () => {
  it('has its rest in the bucket before anybody reads of it in the log', async () => {
    const steps = Array.from({ length: 2_000 }, (_, index) => ({
      type: 'grant',
      grant: `group-${index}`.padEnd(40, 'x'),
    }));
    const large = {
      ...entryOf('E1', 'large'),
      event: { type: 'access-intended', applicationId: 'chat', callId: 'c', steps },
    };
    const seen: string[] = [];
    dependencies = {
      ...dependencies,
      objects: {
        create: async (path, bytes) => {
          seen.push(`put ${path.split('/')[0]}`);
          return await objects.create(path, bytes);
        },
      },
      log: {
        ...log,
        commit: async (commit) => {
          seen.push('commit');
          return await log.commit(commit);
        },
      },
    };
    await run([recordOf(large)]);
    expect(seen).toEqual(['put details', 'commit']);
    const [leaf] = leaves();
    expect(objects.objects.get(`details/${leaf?.detail?.sha256}`)?.bytes).toHaveLength(leaf?.detail?.bytes ?? -1);
  });
});

describe('what the stream lost', () => {
  const HOUR_MS = 3_600_000;
  const catchUp = async () => {
    const { audit } = stores;
    return await sequenceMissedEntries({ ...dependencies, log, audit })();
  };
  let stores = memoryStores();
  const entryAt = (entryId: string, atMs: number) => entryOf('E1', entryId, new Date(atMs).toISOString());

  beforeEach(() => {
    stores = memoryStores();
  });

  it('is found by the walk, counted, and has its place; what may still come is left to the stream', async () => {
    await stores.audit.append([entryAt('old', NOW_MS - 2 * HOUR_MS)]);
    expect(await catchUp()).toEqual({ looked: 1, recovered: 0 });
    expect(leaves()).toHaveLength(1);
    nowMs += 7 * HOUR_MS;
    const many = Array.from({ length: 300 }, (_, index) => entryAt(`lost ${index}`, NOW_MS));
    await stores.audit.append([...many, entryAt('young', nowMs - 60_000)]);
    expect(await catchUp()).toEqual({ looked: 302, recovered: 300 });
    expect(leaves()).toHaveLength(301);
    expect(published.at(-1)).toEqual({ recovered: 300, refused: 0 });
    // The next one begins hours later.
    expect(await catchUp()).toEqual({ looked: 0, recovered: 0 });
  });

  it('stays where it is while nothing can be written, and is counted while it cannot become an entry', async () => {
    await stores.audit.append([
      entryAt('old', NOW_MS - 2 * HOUR_MS),
      { ...entryAt('bad', NOW_MS - 2 * HOUR_MS), version: 0.5 },
    ]);
    const commit = log.commit;
    Object.assign(log, { commit: async () => Promise.reject(new RetryableError('throttled')) });
    await expect(catchUp()).rejects.toThrow('missed entries wait');
    expect(await log.findCatchUp()).toBeUndefined();
    Object.assign(log, { commit });
    await catchUp();
    expect(leaves()).toHaveLength(1);
    expect(published.at(-1)).toEqual({ recovered: 0, refused: 1 });
    // Not once more into the dead letters with each walk.
    expect(setAside).toEqual([]);
  });
});
