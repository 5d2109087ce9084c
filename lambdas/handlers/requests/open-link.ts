// A link by which somebody decides, and whether they still can: the link is looked at first, then who is to decide, as both are
// now. Each refusal has a code and a sentence of its own, and says nothing to whoever has no link.
import type { RequestRule } from '../../core/access-model/request-rules.ts';
import { toIso } from '../../core/moment.ts';
import { parseToken, secretHashOf } from '../../core/requests/decision-token.ts';
import { approvedBy, type RequestState } from '../../core/requests/request-state.ts';
import type { DecisionLink, NoticeStore } from '../../stores/notices/notice-store.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { peopleFor, type RequestDependencies, requestIn } from './load-request.ts';
import { unchangedRule, waitingFor } from './waiting-request.ts';

export interface LinkDependencies extends RequestDependencies {
  readonly notices: Pick<NoticeStore, 'findLink'>;
}

export type LinkProblem =
  | 'link-unknown'
  | 'link-expired'
  | 'link-used'
  | 'request-over'
  | 'rules-changed'
  | 'stage-over'
  | 'own-request'
  | 'not-an-approver'
  | 'cannot-be-given'
  | 'form-invalid'
  | 'form-too-large';

const STATUSES = {
  'link-unknown': 404,
  'link-expired': 409,
  'link-used': 409,
  'request-over': 409,
  'rules-changed': 409,
  'stage-over': 409,
  'own-request': 403,
  'not-an-approver': 403,
  'cannot-be-given': 409,
  'form-invalid': 422,
  'form-too-large': 413,
} as const satisfies Readonly<Record<LinkProblem, number>>;

/** Nothing was decided. The message is a sentence of ours. */
export class LinkRefused extends Error {
  override readonly name = 'LinkRefused';
  readonly problem: LinkProblem;
  readonly status: (typeof STATUSES)[LinkProblem];
  /** Whose link it is; undefined: nobody's. */
  readonly link: DecisionLink | undefined;
  constructor(problem: LinkProblem, message: string, link?: DecisionLink) {
    super(message);
    this.problem = problem;
    this.status = STATUSES[problem];
    this.link = link;
  }
}

/** Throws LinkRefused. Whether it can be used: requireDecidable. */
export async function requireLink({ notices }: LinkDependencies, text: string): Promise<DecisionLink> {
  const token = parseToken(text);
  const link = token && (await notices.findLink(token.linkId));
  // Hashes are compared, so that how long that takes says nothing of the secret.
  if (token === undefined || link === undefined || link.secretHash !== secretHashOf(token)) {
    throw new LinkRefused('link-unknown', 'This link is not one of ours, or not all of it arrived.');
  }
  return link;
}

export interface Decidable {
  readonly loaded: LoadedIdentity;
  readonly request: RequestState;
  readonly rule: RequestRule;
  /** Who decides, as a person. */
  readonly by: string;
}

/** How a decision by this link is named. */
export function decisionIdOf({ linkId }: DecisionLink): string {
  return `link/${linkId}`;
}

/** Throws LinkRefused, unless whoever has the link can decide by it now. */
export async function requireDecidable(
  dependencies: LinkDependencies,
  link: DecisionLink,
  found?: LoadedIdentity,
): Promise<Decidable> {
  const loaded = found ?? (await findWhereItCounts(dependencies, link.identityId));
  const request = loaded && requestIn(loaded, link.requestId);
  const refuse = (problem: LinkProblem, message: string) => new LinkRefused(problem, message, link);
  if (loaded === undefined || request === undefined) throw refuse('link-unknown', 'There is no such request any more.');
  const used = request.decisions.find(({ sourceEventId }) => sourceEventId.endsWith(`/${decisionIdOf(link)}`));
  if (used !== undefined) {
    const said = used.answer === 'approve' ? 'approved' : 'rejected';
    throw refuse('link-used', `This link was used on ${toIso(used.recordedMs)}: the request was ${said} by it.`);
  }
  if (request.status !== 'open') throw refuse('request-over', `The request is ${request.status}.`);
  if (loaded.nowMs >= link.expiresMs) throw refuse('link-expired', `The link expired on ${toIso(link.expiresMs)}.`);
  const rule = unchangedRule(dependencies, request);
  if (rule === undefined)
    throw refuse('rules-changed', 'The rules for this have changed: it has to be asked for again.');
  const by = await personOf(dependencies, link.approver);
  const { involved } = await peopleFor(dependencies, loaded, request.asked);
  if (involved.has(by)) throw refuse('own-request', 'Nobody decides on what they asked for, or are to get.');
  if (approvedBy(request, link.stage).includes(by)) throw refuse('stage-over', 'You have agreed to this already.');
  const waiting = await waitingFor(dependencies, loaded, request);
  if (waiting !== undefined && waiting.stage !== link.stage) {
    throw refuse('stage-over', 'Others have decided on this step meanwhile.');
  }
  if (!waiting?.approvers.people.includes(by)) {
    throw refuse('not-an-approver', 'You are not one of those who can decide on it now.');
  }
  return { loaded, request, rule, by };
}
