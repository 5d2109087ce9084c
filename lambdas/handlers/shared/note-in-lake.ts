// Has the lake of activity looked through for somebody who is erased, as long as it is known by what they are known there.
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import { lakeTracesOf } from '../../core/detection/lake-erasure.ts';
import { withAbsorbed } from '../../core/identity/merged-identities.ts';
import { DAY_MS, REMEMBERED_DAYS } from '../../core/removal/erasure.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { ErasureStore } from '../../stores/erasures/erasure-store.ts';
import type { Dependencies } from './dependencies.ts';

export interface NoteInLakeDependencies extends Pick<Dependencies, 'clock' | 'directory'> {
  readonly audit: Pick<AuditStore, 'list'>;
  readonly erasures: Pick<ErasureStore, 'noteInLake'>;
}

/** Of what is queued, or given up on and sent again, nothing comes later than that. */
const ON_ITS_WAY_DAYS = REMEMBERED_DAYS;

export async function noteInLake(
  { directory, audit, erasures, clock }: NoteInLakeDependencies,
  record: IdentityRecord,
  holdId: string,
): Promise<void> {
  const { identityId } = record.header;
  const addresses = withAbsorbed(record.facts).flatMap((fact) =>
    'attributes' in fact ? (fact.attributes.email ?? []) : [],
  );
  const shared = new Set<string>();
  for (const address of new Set(addresses)) {
    const holders = await directory.findByEmail(address);
    if (holders.some((id) => id !== identityId)) shared.add(address);
  }
  const traces = lakeTracesOf(record, await accountsNamed(audit, identityId), (address) => shared.has(address));
  await erasures.noteInLake({ holdId, identityId, traces, expiresMs: clock() + ON_ITS_WAY_DAYS * DAY_MS });
}

/** By its audit entries, which know of accounts that are deleted. */
async function accountsNamed(audit: NoteInLakeDependencies['audit'], identityId: string) {
  const found = new Map<string, { readonly applicationId: string; readonly accountId: string }>();
  for (let after: string | undefined, isLast = false; !isLast; isLast = after === undefined) {
    const { items, next } = await audit.list(identityId, { limit: 100, after });
    for (const { event } of items) {
      if (!('accountId' in event) || event.accountId === undefined) continue;
      const { applicationId, accountId } = event;
      found.set(JSON.stringify([applicationId, accountId]), { applicationId, accountId });
    }
    after = next;
  }
  return [...found.values()];
}
