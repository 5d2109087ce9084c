// Destroys what is known of somebody who is frozen for it, their own facts last, since they say where the rest is: when two
// people have agreed on it, and when tables of before that come back.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { partitionsOf } from '../../core/audit/erasure-entry.ts';
import { toIso } from '../../core/moment.ts';
import { DAY_MS, REMEMBERED_DAYS, tracesOf } from '../../core/removal/erasure.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { ErasureStore } from '../../stores/erasures/erasure-store.ts';
import { HOLD_STATUSES, type Hold, type HoldStore } from '../../stores/holds/hold-store.ts';
import type { ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import type { Dependencies } from './dependencies.ts';
import { listHolds } from './judge-erasure.ts';
import { noteInLake } from './note-in-lake.ts';

export interface EraseKnownDependencies extends Pick<Dependencies, 'clock' | 'directory'> {
  readonly audit: Pick<AuditStore, 'list'>;
  readonly holds: Pick<HoldStore, 'listHolds'>;
  readonly erasures: ErasureStore;
  readonly reconciliations: Pick<ReconciliationStore, 'list'>;
  readonly model: () => Pick<AccessModel, 'applications'>;
  /** The HR sources. */
  readonly sources: readonly string[];
}

/** False: there is more, for the next run. Of somebody who came since under the same id nothing is touched. */
export async function eraseKnown(
  dependencies: EraseKnownDependencies,
  { identityId, holdId }: { readonly identityId: string; readonly holdId: string },
  forgottenMs: number,
  deadlineMs: number,
): Promise<boolean> {
  const { directory, erasures, clock } = dependencies;
  const record = await directory.load(identityId);
  if (record?.header.erasing !== holdId) return true;
  await noteInLake(dependencies, record, holdId);
  const certificateIds = await certificatesOf(dependencies, identityId);
  const elsewhere = await findElsewhere(dependencies, identityId, holdId);
  await erasures.eraseTraces({ ...tracesOf(record, certificateIds), ...elsewhere });
  for (const partition of partitionsOf(identityId)) {
    while ((await erasures.eraseEntries(partition, toIso(forgottenMs))) === 'more') {
      if (clock() > deadlineMs) return false;
    }
  }
  const expiresMs = forgottenMs + REMEMBERED_DAYS * DAY_MS;
  await erasures.eraseIdentity({ identityId, holdId, erasedMs: forgottenMs, expiresMs });
  return true;
}

async function certificatesOf({ audit }: EraseKnownDependencies, identityId: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let after: string | undefined, isLast = false; !isLast; isLast = after === undefined) {
    const { items, next } = await audit.list(identityId, { limit: 100, after });
    found.push(...items.flatMap(({ event }) => ('certificateId' in event ? event.certificateId : [])));
    after = next;
  }
  return found;
}

async function findElsewhere(
  { holds, reconciliations, model, sources }: EraseKnownDependencies,
  identityId: string,
  own: string,
) {
  const all = await listHolds(holds, HOLD_STATUSES);
  const names = ({ merge, erasure }: Hold) =>
    [merge?.identityId, merge?.duplicate, erasure?.identityId].includes(identityId);
  const reconciled = await reconciliations.list();
  const applicationIds = [...reconciled.map((one) => one.applicationId), ...model().applications.map(({ id }) => id)];
  return {
    sources,
    applicationIds: [...new Set(applicationIds)],
    holdIds: all.map(({ holdId }) => holdId),
    namingHoldIds: all.filter((hold) => hold.holdId !== own && names(hold)).map(({ holdId }) => holdId),
  };
}
