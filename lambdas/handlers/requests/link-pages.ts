// What both routes of a link to decide by have in common: a page for whatever comes of it, and a record of what was refused.
import { createHash } from 'node:crypto';
import type { RefusedProblem } from '../../core/audit/audit.ts';
import { ConflictError } from '../../core/errors.ts';
import { type AuditingDependencies, auditReads, auditRefusal, OnRecord } from '../../middleware/access-entries.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { ApiHandler, ApiRequest, ApiResponse } from '../../middleware/serve-api.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import type { DecisionLink } from '../../stores/notices/notice-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { DECISION_STYLE, refusedPage } from './decision-page.ts';
import { type LinkDependencies, LinkRefused, requireLink } from './open-link.ts';

const STYLE_HASH = createHash('sha256').update(DECISION_STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

export type LinkPageDependencies = LinkDependencies & AuditingDependencies;

export interface LinkPage {
  /** HTML. */
  readonly page: string;
  /** Whom it tells of. */
  readonly shows: string;
  readonly log: Readonly<Record<string, string>>;
}

export function liveLinkDependencies(): LinkPageDependencies {
  return { ...liveDependencies(), notices: dynamoNoticeStore() };
}

/** What `answer` refuses is a page as well, and on record under whoever's link it is. */
export function answerLink(
  operation: string,
  answer: (dependencies: LinkPageDependencies, link: DecisionLink, request: ApiRequest) => Promise<LinkPage>,
): (dependencies: LinkPageDependencies) => ApiHandler {
  return (dependencies) => async (request) => {
    let link: DecisionLink | undefined;
    try {
      link = await requireLink(dependencies, request.pathParameters['token'] ?? '');
      const { page, shows, log } = await answer(dependencies, link, request);
      await auditReads(dependencies, operation, link.approver, { shown: [shows], onRecord: new OnRecord() });
      return pageOf(200, page, { ...log, operator: link.approver });
    } catch (error) {
      const refused = asRefused(error, link);
      if (refused === undefined) throw error;
      const { problem, status, message } = refused;
      await auditRefusal(dependencies, operation, link?.approver, {
        problem: RECORDED[status],
        reason: message,
        request: link?.requestId,
      });
      return pageOf(status, refusedPage(message, problem), { problem, operator: link?.approver });
    }
  };
}

const RECORDED = {
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  413: 'invalid-input',
  422: 'invalid-input',
} as const satisfies Readonly<Record<LinkRefused['status'], RefusedProblem>>;

/** Undefined: something went wrong, which is no answer to what was asked. */
function asRefused(error: unknown, link: DecisionLink | undefined): LinkRefused | undefined {
  if (error instanceof LinkRefused) return error;
  if (error instanceof ConflictError) return new LinkRefused('cannot-be-given', error.message, link);
  if (error instanceof ApiProblem && error.status === 403)
    return new LinkRefused('not-an-approver', error.message, link);
  return undefined;
}

function pageOf(status: number, body: string, log: ApiResponse['log'] & object): ApiResponse {
  return {
    status,
    body,
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': POLICY, 'x-robots-tag': 'noindex' },
    log,
  };
}
