// Where a system holds many accounts of nobody, as one for customers does, looking for an identity behind each of them
// costs more than reading once who there is. Whoever joins while the run lasts is found by their link, or by the next run.
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { identitiesIn, packIds } from '../../core/reconciliation/sightings.ts';
import type { ReconciliationRun, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { DIRECTORY_PAGE, FILL_MS, KEEP_SEEN_MS } from '../shared/reconciliation-run.ts';
import type { Known } from './judge-account.ts';

export interface KnownDependencies extends Pick<Dependencies, 'directory' | 'clock' | 'newId'> {
  readonly reconciliations: ReconciliationStore;
}

/** From so many accounts of nobody on: a few cents' worth of look-ups in vain. */
export const MANY_STRANGERS = 10_000;

/** Whether the next step is to read who there is, or to go on with it. */
export function isToReadKnown({ accounts, matched, known }: ReconciliationRun): boolean {
  return accounts - matched >= MANY_STRANGERS && known?.isComplete !== true;
}

/** As many pages of the directory as the time of a step allows. */
export async function readKnown(
  { directory, reconciliations, clock, newId }: KnownDependencies,
  run: ReconciliationRun,
): Promise<ReconciliationRun> {
  const untilMs = clock() + FILL_MS;
  const ids = new Set<string>();
  let after = run.known?.after;
  do {
    const { items, next } = await directory.listIdentities({ limit: DIRECTORY_PAGE, after });
    for (const key of items.flatMap(keysOf)) ids.add(key);
    after = next;
  } while (after !== undefined && clock() < untilMs);
  const name = `${String(run.step).padStart(8, '0')}#${newId()}`;
  for (const [index, packed] of packIds(ids).entries()) {
    await reconciliations.saveSightings(knownIn(run), `${name}#${index}`, packed, clock() + KEEP_SEEN_MS);
  }
  return { ...run, known: { after, isComplete: after === undefined } };
}

/** Undefined: not read, or not to the end. */
export async function loadKnown(
  { reconciliations }: KnownDependencies,
  run: ReconciliationRun,
): Promise<Known | undefined> {
  if (run.known?.isComplete !== true) return undefined;
  const holds = identitiesIn(await reconciliations.readSightings(knownIn(run)));
  return { id: (id) => holds(idKey(id)), address: (address) => holds(addressKey(address)) };
}

/** Beside what the run saw, under a name that no run has. */
function knownIn({ runId }: ReconciliationRun): string {
  return `${runId}#known`;
}

function keysOf({ identityId, summary: { email } }: IdentityHeader): readonly string[] {
  return [idKey(identityId), ...(email === undefined ? [] : [addressKey(email)])];
}

function idKey(id: string): string {
  return `id ${id}`;
}

function addressKey(address: string): string {
  return `address ${address.toLowerCase()}`;
}
