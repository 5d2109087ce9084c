// What the stores promise of effects that no identity has: their entries are in the same write, and where it is refused
// there are none.
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { NOTHING_COUNTED } from '../../../lambdas/core/hr/population-walk.ts';
import type { Hold } from '../../../lambdas/stores/holds/hold-store.ts';
import type { ReconciliationRun } from '../../../lambdas/stores/reconciliations/reconciliation-store.ts';
import type { Stores } from '../../../lambdas/stores/store-operations.ts';
import { type AuditedStores, entryOf, know, NOW_MS } from '../identities/examples.ts';

type Audited = AuditedStores & Pick<Stores, 'holds' | 'reconciliations'>;

const DECISION = { decidedBy: 'E9', reason: 'it was meant', decidedMs: NOW_MS };
const REASON = { rule: 'number', count: 26, threshold: 26 } as const;
const HOLD: Hold = { holdId: 'a', source: 's', openedMs: 1, reason: REASON, status: 'open', alerted: false };
const ERASURE = { identityId: 'E1', proposerId: 'E2', proposedBy: 'o', delayMs: 1 };
const WALK = {
  modelHash: 'a',
  startedMs: 1,
  holdId: 'a',
  step: 'looking',
  revision: 1,
  counts: NOTHING_COUNTED,
} as const;
const SETTINGS = { hashes: {}, recordedMs: 1, modelHash: 'a', revision: 1 };
const COUNTED = { step: 0, pages: 0, accounts: 0, matched: 0 };
const RUN: ReconciliationRun = {
  runId: 'r',
  status: 'running',
  startedMs: 1,
  touchedMs: 1,
  phase: 'accounts',
  ...COUNTED,
};
const FINISHED = { ...RUN, status: 'finished' } as const;

interface Effect {
  readonly given?: (stores: Audited) => Promise<unknown>;
  readonly write: (stores: Audited, audit: readonly AuditEntry[]) => Promise<unknown>;
  /** What is read of it. */
  readonly read: (stores: Audited) => Promise<unknown>;
}

const open = ({ holds }: Audited, changes: Partial<Hold> = {}) => holds.openHold({ ...HOLD, ...changes }, []);
const release = ({ holds }: Audited) => holds.decideHold('a', 'releasing', DECISION, []);
const read = ({ holds }: Audited) => holds.findHold('a');
const readRun = ({ reconciliations }: Audited) => reconciliations.find('chat');

/** Each may be written once. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  'opening a hold': { write: ({ holds }, audit) => holds.openHold(HOLD, audit), read },
  'deciding on one': {
    given: open,
    write: ({ holds }, audit) => holds.decideHold('a', 'dropping', DECISION, audit),
    read,
  },
  'closing one': {
    given: async (stores) => {
      await open(stores);
      await release(stores);
    },
    write: ({ holds }, audit) => holds.closeHold('a', 'dropped', 'releasing', audit),
    read,
  },
  'calling an erasure off': {
    given: async (stores) => {
      await open(stores, { erasure: ERASURE });
      await release(stores);
    },
    write: ({ holds }, audit) => holds.callOff('a', DECISION, audit),
    read,
  },
  'a step of the walk': {
    write: ({ modelChanges }, audit) => modelChanges.saveWalk(WALK, 0, audit),
    read: ({ modelChanges }) => modelChanges.findWalk(),
  },
  'a change of settings': {
    write: ({ modelChanges }, audit) => modelChanges.saveSettings(SETTINGS, 0, audit),
    read: ({ modelChanges }) => modelChanges.findSettings(),
  },
  'beginning a run': {
    write: ({ reconciliations }, audit) => reconciliations.begin('chat', RUN, 0, audit),
    read: readRun,
  },
  'ending a run': {
    given: ({ reconciliations }) => reconciliations.begin('chat', RUN, 0, []),
    write: ({ reconciliations }, audit) => reconciliations.finish('chat', FINISHED, undefined, audit),
    read: readRun,
  },
};

export function describeEffects(openStores: () => Promise<Audited>): void {
  const entriesIn = async ({ audit }: Audited) =>
    (await audit.list('DEPLOYMENT#tenure', { limit: 10 })).items.map(({ entryId }) => entryId);

  describe.each(Object.entries(EFFECTS))('%s', (_, { given, write, read }) => {
    it('is one write with its entries, and leaves none where it is refused', async () => {
      const stores = await openStores();
      await given?.(stores);
      const before = await read(stores);
      await write(stores, [entryOf('DEPLOYMENT#tenure', '1'), entryOf('DEPLOYMENT#tenure', '2')]);
      const after = await read(stores);
      expect(after).not.toEqual(before);
      expect(await entriesIn(stores)).toEqual(['1', '2']);
      await write(stores, [entryOf('DEPLOYMENT#tenure', '3')]);
      expect(await read(stores)).toEqual(after);
      expect(await entriesIn(stores)).toEqual(['1', '2']);
    });
  });

  it('a hold whose entry is there already is opened: it was lost since', async () => {
    const stores = await openStores();
    await stores.audit.append([entryOf('DEPLOYMENT#tenure', '1')]);
    expect(await stores.holds.openHold(HOLD, [entryOf('DEPLOYMENT#tenure', '1')])).toEqual(HOLD);
    expect(await stores.holds.findHold('a')).toEqual(HOLD);
    expect(await entriesIn(stores)).toEqual(['1']);
  });

  it('many are due at once with the entry that says so, whoever of them is not known left out', async () => {
    const stores = await openStores();
    const known = ['E1', 'E2', 'E3'];
    for (const identityId of known) await know(stores, identityId);
    const dueAt = async (nowMs: number) =>
      (await stores.directory.listDue(nowMs, 10)).map(({ identityId }) => identityId).sort();
    expect(await dueAt(5)).toEqual([]);
    const strangers = Array.from({ length: 47 }, (_, index) => `X${index}`);
    await stores.directory.saveNextChecks([...strangers, ...known], 5, [entryOf('DEPLOYMENT#tenure', '1')]);
    expect(await dueAt(5)).toEqual(known);
    expect(await dueAt(4)).toEqual([]);
    expect(await entriesIn(stores)).toEqual(['1']);
    // What was written with an entry is not written again.
    await stores.directory.saveNextChecks(known, 3, [entryOf('DEPLOYMENT#tenure', '1')]);
    expect(await dueAt(4)).toEqual([]);
    await stores.directory.saveNextChecks(['X1'], 3, [entryOf('DEPLOYMENT#tenure', '2')]);
    expect(await entriesIn(stores)).toEqual(['1', '2']);
  });
}
