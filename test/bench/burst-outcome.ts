// What came of a burst, judged from what was posted, what the systems hold and what the audit log says: nothing here asks
// Tenure whether it did well.
import * as z from 'zod';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { groupBy } from '../../lambdas/core/group-by.ts';
import type { Attributes } from '../../lambdas/core/identity/attributes.ts';
import type { FoundAccount } from '../../local/read-targets.ts';
import { referenceAccess } from '../reference/access.ts';
import type { ReferenceState } from '../reference/state.ts';
import type { TestEvent } from '../support/local-cloud-events.ts';

/** What is read of an audit entry. */
export const toldSchema = z.object({
  identityId: z.string(),
  at: z.iso.datetime(),
  version: z.int().optional(),
  /** What set it off: a fact, an instant or the sweep. */
  trigger: z.string().optional(),
  event: z.object({ type: z.string(), applicationId: z.string().optional(), answered: z.boolean().optional() }),
});
export type Told = z.infer<typeof toldSchema>;

/** What everybody is after these events, each of which takes effect where it stands. */
export function statesAfter(events: readonly TestEvent[]): ReadonlyMap<string, ReferenceState> {
  const states = new Map<string, ReferenceState>();
  for (const { type, subject, data } of events) {
    const { attributes = {} } = data as { readonly attributes?: Partial<Attributes> };
    const before = states.get(subject)?.attributes ?? {};
    const status = type === 'jml.leaver' ? 'departed' : 'active';
    states.set(subject, { status, attributes: { ...before, ...attributes } });
  }
  return states;
}

/** Where what the systems hold differs from what each state deserves, in words; of the applications that can be read. */
export function faultsIn(
  states: ReadonlyMap<string, ReferenceState>,
  found: readonly FoundAccount[],
  model: AccessModel,
  readable: readonly string[],
): readonly string[] {
  const held = groupBy(found, ({ applicationId, identityId }) => `${applicationId} ${identityId}`);
  return [...states].flatMap(([identityId, state]) => {
    const due = new Map(referenceAccess(state, model).map((account) => [account.applicationId, account]));
    return readable.flatMap((applicationId) => {
      const accounts = held.get(`${applicationId} ${identityId}`) ?? [];
      const where = `${identityId} in ${applicationId}`;
      const wanted = due.get(applicationId);
      const grants = grantsOf(model, applicationId, wanted?.entitlements ?? []);
      if (accounts.length > 1) return [`${where} has ${accounts.length} accounts`];
      const [account] = accounts;
      if (account === undefined) return wanted === undefined ? [] : [`${where} has no account`];
      const faults =
        account.enabled === (wanted?.enabled ?? false) ? [] : [`${where} is ${account.enabled ? '' : 'not '}enabled`];
      return account.grants.join() === grants.join()
        ? faults
        : [...faults, `${where} holds [${account.grants}], not [${grants}]`];
    });
  });
}

function grantsOf({ applications }: AccessModel, applicationId: string, ids: readonly string[]): readonly string[] {
  const entitlements = applications.find(({ id }) => id === applicationId)?.entitlements ?? [];
  return entitlements
    .filter(({ id }) => ids.includes(id))
    .map(({ grant }) => grant)
    .sort();
}

/** Whoever converged more than once at the same version, with when and what set it off. */
export function convergedTwice(entries: readonly Told[]): readonly string[] {
  const converged = entries.filter(({ event }) => event.type === 'converged');
  const times = groupBy(converged, ({ identityId, version }) => `${identityId} at version ${version}`);
  return [...times]
    .filter(([, { length }]) => length > 1)
    .map(([whose, each]) => `${whose}: ${each.map(({ at, trigger }) => `${at} by ${trigger}`).join(', ')}`);
}

/** When this is first, or last, told of each identity (epoch ms). */
export function timesOf(entries: readonly Told[], type: string, which: 'first' | 'last'): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const pick = which === 'first' ? Math.min : Math.max;
  for (const { identityId, at, event } of entries) {
    if (event.type !== type) continue;
    const atMs = Date.parse(at);
    times.set(identityId, pick(times.get(identityId) ?? atMs, atMs));
  }
  return times;
}

/** The value that this share of them does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
