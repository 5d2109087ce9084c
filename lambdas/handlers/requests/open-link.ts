// A link by which somebody decides, and whether they still can: the link is looked at first, then who is to decide, as both are
// now.
import type { RequestRule } from '../../core/access-model/request-rules.ts';
import { toIso } from '../../core/moment.ts';
import { parseToken, secretHashOf } from '../../core/requests/decision-token.ts';
import { approvedBy, type RequestState } from '../../core/requests/request-state.ts';
import type { AuditingDependencies } from '../../middleware/access-entries.ts';
import type { ApiHandler } from '../../middleware/serve-api.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import type { DecisionLink, NoticeStore } from '../../stores/notices/notice-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { type AnsweringLink, answerLink, type LinkProblem, LinkRefused } from '../shared/link-pages.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { peopleFor, type RequestDependencies, requestIn } from './load-request.ts';
import { unchangedRule, waitingFor } from './waiting-request.ts';

export interface LinkDependencies extends RequestDependencies {
  readonly notices: Pick<NoticeStore, 'findLink'>;
}

export type LinkPageDependencies = LinkDependencies & AuditingDependencies;

export function liveLinkDependencies(): LinkPageDependencies {
  return { ...liveDependencies(), notices: dynamoNoticeStore() };
}

/** A route that is opened by a link to decide by. */
export function answerDecisionLink(
  operation: string,
  answer: AnsweringLink<LinkPageDependencies, DecisionLink>['answer'],
): (dependencies: LinkPageDependencies) => ApiHandler {
  return answerLink(operation, {
    find: (dependencies, { pathParameters }) => requireLink(dependencies, pathParameters['token'] ?? ''),
    answer,
    elsewhere: 'What waits for you is in the operators’ API as well: GET /requests?for=me.',
  });
}

/** Throws LinkRefused. Whether it can be used: requireDecidable. */
async function requireLink({ notices }: LinkDependencies, text: string): Promise<DecisionLink> {
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
  const refuse = (problem: LinkProblem, message: string) => new LinkRefused(problem, message);
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
