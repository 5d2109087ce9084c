// Who can say whether something was meant: the manager of a person, the owner of what is no person, or the nearest above them
// who is at work, or whoever they delegated to. Never whom it is about, nor whoever did it.
import { type Alert, isUnknownSubject } from '../../core/detection/alert.ts';
import { approversOf } from '../../core/requests/approvers.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { type ChainDependencies, loadSuperiors } from '../shared/load-superiors.ts';

/** Nobody else is asked where none of them is there: security has been told. */
const NEAREST = { anyOf: ['manager'], quorum: 1, fallback: [] } as const;
/** Of the evidence: who made a key for whom it is about (key-made-for-another.ts). */
const DOER = 'madeBy';

/** Identities, who is asked first first; empty: there is nobody. */
export async function whoIsAsked(
  dependencies: ChainDependencies,
  { subjectId, evidence }: Pick<Alert, 'subjectId' | 'evidence'>,
): Promise<readonly string[]> {
  const about = isUnknownSubject(subjectId) ? undefined : await findWhereItCounts(dependencies, subjectId);
  if (about === undefined) return [];
  const { identityId, summary } = about.record.header;
  const doer = await findDoer(dependencies, evidence);
  const superiors = await loadSuperiors(dependencies, summary.ownerId ?? summary.managerId);
  const involved = new Set([subjectId, identityId, ...doer]);
  return approversOf(NEAREST, { superiors, owners: [], entitlementOwners: [], involved })?.people ?? [];
}

async function findDoer(dependencies: ChainDependencies, evidence: Alert['evidence']): Promise<readonly string[]> {
  const named = evidence[DOER];
  if (typeof named !== 'string') return [];
  const doer = await findWhereItCounts(dependencies, named);
  return doer === undefined ? [named] : [named, doer.record.header.identityId];
}
