// What is recorded of a decision on a request, by whatever way it came: the facts, or why it cannot be.
import type { RequestRule } from '../../core/access-model/request-rules.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError } from '../../core/errors.ts';
import { askedIn, whyNotGiven } from '../../core/requests/asking.ts';
import { factsOfAnswer } from '../../core/requests/deciding.ts';
import { whyNotContinued } from '../../core/requests/extension.ts';
import { whyKeptApart } from '../../core/requests/foreseen-conflicts.ts';
import type { RequestState } from '../../core/requests/request-state.ts';
import { whyWithoutEffect } from '../../core/requests/without-effect.ts';
import type { StatedFact } from '../shared/append-fact.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { type CoverDependencies, judgeCover } from './covered-identity.ts';
import { beneficiaryOf } from './load-request.ts';

export interface Decided {
  readonly loaded: LoadedIdentity;
  readonly request: RequestState;
  readonly rule: RequestRule;
  readonly answer: 'approve' | 'reject';
  /** A person. */
  readonly by: string;
  readonly reason?: string | undefined;
  /** Who they are in the audit log. */
  readonly operatorId: string;
  /** Of this decision: the same one is recorded once. */
  readonly decisionId: string;
}

/** Throws ConflictError: what was found when it was asked for may have changed since. */
export async function stateDecision(dependencies: CoverDependencies, decided: Decided): Promise<readonly StatedFact[]> {
  const { loaded, request, rule, answer, by, reason, operatorId, decisionId } = decided;
  const coveredUntilMs = answer === 'approve' ? await requireGivable(dependencies, decided) : undefined;
  const { identityId } = loaded.record.header;
  const { requestId } = request.asked;
  const given = { identityId, request, stages: rule.stages, nowMs: loaded.nowMs, coveredUntilMs };
  const said = { ...given, answer, by, reason, id: decisionId };
  const payloadHash = sha256Hex(canonicalJson({ requestId, answer, by, reason }));
  const actor = { type: 'operator', id: operatorId } as const;
  return factsOfAnswer(said)
    .filter((fact) => fact !== undefined)
    .map((fact) => ({ fact, payloadHash, actor }));
}

/** Throws ConflictError. @returns until when it can be given at most, as a cover (epoch ms) */
async function requireGivable(
  dependencies: CoverDependencies,
  { rule, request, loaded }: Decided,
): Promise<number | undefined> {
  const asked = askedIn(request);
  const cover = await judgeCover(dependencies, loaded, asked, request.asked.covers);
  const refusal =
    cover.refusal ??
    whyNotContinued(request, loaded) ??
    whyNotGiven(rule, asked, loaded.state, loaded.nowMs) ??
    whyKeptApart(asked, beneficiaryOf(loaded), dependencies.model()) ??
    whyWithoutEffect(asked, beneficiaryOf(loaded), dependencies.model());
  if (refusal !== undefined) throw new ConflictError(refusal);
  return cover.untilMs;
}
