// The access model by which an identity is judged. As a rule that is the deployed one. Until the walk over the population
// has found out how many would lose something by it, and where somebody has to agree, until they have, whoever settled
// under another model keeps what that one gave them: a mistake in the model takes nothing from anybody at once.

import { desiredAccessInState } from '../../core/access/desired-access.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { accessChange, keepBoth, keepEarlier } from '../../core/access/model-change.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { Whom } from '../../core/duties/segregation.ts';
import { isCleared } from '../../core/hr/population-walk.ts';
import { type IdentityState, isEmployed } from '../../core/identity/timeline.ts';
import type { Dependencies } from './dependencies.ts';

export interface JudgingModel {
  readonly model: AccessModel;
  /** What it is made of: two steps of one pass agree on their model when they agree on this. */
  readonly modelBasis: string;
  /** What the identity's header says once it has settled. */
  readonly settlesUnder: string;
}

/** A leaver has nothing to keep, and waits for no answer about models. */
export async function judgingModel(
  { model, modelChanges }: Pick<Dependencies, 'model' | 'modelChanges'>,
  { identityId, modelHash: settledUnder }: IdentityHeader,
  state: IdentityState,
  nowMs: number,
): Promise<JudgingModel> {
  const deployed = model();
  const { hash } = deployed;
  const plain = { model: deployed, modelBasis: hash, settlesUnder: hash };
  if (settledUnder === undefined || settledUnder === hash || !isEmployed(state)) return plain;
  if (isCleared(await modelChanges.findWalk(), hash)) return plain;
  const before = await modelChanges.findModel(settledUnder);
  const whom: Whom = { identityId, nowMs };
  if (before === undefined || accessChange(state, before, deployed, whom).loses.length === 0) return plain;
  const both = keepBoth(before, deployed);
  // What is kept and what is given would be on two sides of a rule: then nothing is given before somebody has agreed.
  if (desiredAccessInState(state, both, whom).conflicts.some(({ outcome }) => outcome === 'prevented'))
    return { model: keepEarlier(before, deployed), modelBasis: `${settledUnder}<${hash}`, settlesUnder: settledUnder };
  return { model: both, modelBasis: `${hash}+${settledUnder}`, settlesUnder: settledUnder };
}
