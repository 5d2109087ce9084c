// What is recorded of a decision on a request, by whatever way it came: the facts, or why it cannot be.
import type { RequestRule } from '../../core/access-model/request-rules.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError } from '../../core/errors.ts';
import { askedIn, whyNotGiven } from '../../core/requests/asking.ts';
import { factsOfAnswer } from '../../core/requests/deciding.ts';
import { whyNotContinued } from '../../core/requests/extension.ts';
import { whyKeptApart } from '../../core/requests/foreseen-conflicts.ts';
import type { RequestState } from '../../core/requests/request-state.ts';
import type { StatedFact } from '../shared/append-fact.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { beneficiaryOf, type RequestDependencies } from './load-request.ts';

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
export function stateDecision(
  dependencies: Pick<RequestDependencies, 'model'>,
  decided: Decided,
): readonly StatedFact[] {
  const { loaded, request, rule, answer, by, reason, operatorId, decisionId } = decided;
  if (answer === 'approve') requireGivable(dependencies, decided);
  const { identityId } = loaded.record.header;
  const { requestId } = request.asked;
  const said = { identityId, request, stages: rule.stages, answer, by, reason, nowMs: loaded.nowMs, id: decisionId };
  const payloadHash = sha256Hex(canonicalJson({ requestId, answer, by, reason }));
  const actor = { type: 'operator', id: operatorId } as const;
  return factsOfAnswer(said)
    .filter((fact) => fact !== undefined)
    .map((fact) => ({ fact, payloadHash, actor }));
}

function requireGivable({ model }: Pick<RequestDependencies, 'model'>, { rule, request, loaded }: Decided): void {
  const asked = askedIn(request);
  const refusal =
    whyNotContinued(request, loaded) ??
    whyNotGiven(rule, asked, loaded.state, loaded.nowMs) ??
    whyKeptApart(asked, beneficiaryOf(loaded), model());
  if (refusal !== undefined) throw new ConflictError(refusal);
}
