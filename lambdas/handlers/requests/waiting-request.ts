// What an open request waits for, and who can decide on it and has not, as all of them are now.
import type { RequestRule } from '../../core/access-model/request-rules.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { approversOf } from '../../core/requests/approvers.ts';
import { ruleFor, ruleHashOf } from '../../core/requests/asking.ts';
import { currentStage } from '../../core/requests/deciding.ts';
import type { Recipient, Waiting } from '../../core/requests/notices.ts';
import { approvedBy, type RequestState } from '../../core/requests/request-state.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { peopleFor, type RequestDependencies } from './load-request.ts';

/** Undefined: nobody is to decide on it, or nobody can. */
export async function waitingFor(
  dependencies: RequestDependencies,
  loaded: LoadedIdentity,
  request: RequestState,
): Promise<Waiting | undefined> {
  const { asked, decisions, status } = request;
  const rule = unchangedRule(dependencies, request);
  if (status !== 'open' || rule === undefined || !isEmployed(loaded.state)) return undefined;
  const place = currentStage(request, rule.stages);
  const stage = rule.stages[place];
  const approvers = stage && approversOf(stage, await peopleFor(dependencies, loaded, asked));
  if (approvers === undefined) return undefined;
  const agreed = approvedBy(request, place);
  const before = decisions.filter((one) => one.answer === 'approve' && one.stage === place - 1);
  return {
    stage: place,
    sinceMs: before.at(-1)?.recordedMs ?? asked.recordedMs,
    approvers: { ...approvers, people: approvers.people.filter((person) => !agreed.includes(person)) },
  };
}

export function waitsFor(waiting: Waiting | undefined, recipient: Recipient): boolean {
  if (waiting === undefined) return false;
  const { people, security } = waiting.approvers;
  if ('person' in recipient) return people.includes(recipient.person);
  return 'role' in recipient ? security : security || people.length > 0;
}

/** The rule it was asked for by; undefined: it has changed since. */
export function unchangedRule(
  { model }: Pick<RequestDependencies, 'model'>,
  request: RequestState,
): RequestRule | undefined {
  const found = ruleFor(model(), request.asked.entitlement);
  return found !== undefined && ruleHashOf(found) === request.asked.rule ? found : undefined;
}
