// What routes have in common that are opened by a mailed link: a page for whatever comes of it, and a record of what was
// refused. Each refusal has a code and a sentence of its own, and says nothing to whoever has no link.
import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { RefusedProblem } from '../../core/audit/audit.ts';
import { ConflictError } from '../../core/errors.ts';
import { type AuditingDependencies, auditReads, auditRefusal, OnRecord } from '../../middleware/access-entries.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { ApiHandler, ApiRequest, ApiResponse } from '../../middleware/serve-api.ts';
import { DECISION_STYLE, refusedPage } from './decision-page.ts';

const STYLE_HASH = createHash('sha256').update(DECISION_STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
/** An answer and a reason of 500 characters, each of which a form may write as nine. */
const MAXIMUM_FORM_BYTES = 8_192;

const STATUSES = {
  'link-unknown': 404,
  'link-expired': 409,
  'link-used': 409,
  'request-over': 409,
  'rules-changed': 409,
  'stage-over': 409,
  'alert-over': 409,
  'own-request': 403,
  'own-alert': 403,
  'not-an-approver': 403,
  'cannot-be-given': 409,
  'form-invalid': 422,
  'form-too-large': 413,
} as const;
export type LinkProblem = keyof typeof STATUSES;

/** A link that was found: whose it is, and which request it is about. */
export interface OpenedLink {
  readonly approver: string;
  readonly requestId?: string | undefined;
}

/** Nothing was decided. The message is a sentence of ours. */
export class LinkRefused extends Error {
  override readonly name = 'LinkRefused';
  readonly problem: LinkProblem;
  readonly status: (typeof STATUSES)[LinkProblem];
  constructor(problem: LinkProblem, message: string) {
    super(message);
    this.problem = problem;
    this.status = STATUSES[problem];
  }
}

export interface LinkPage {
  /** HTML. */
  readonly page: string;
  /** Whom it tells of. */
  readonly shows: readonly string[];
  readonly log: Readonly<Record<string, string>>;
}

export interface AnsweringLink<Dependencies, Link> {
  /** Throws LinkRefused: there is no such link. */
  readonly find: (dependencies: Dependencies, request: ApiRequest) => Promise<Link>;
  /** Throws LinkRefused, or what says that it conflicts or that they may not. */
  readonly answer: (dependencies: Dependencies, link: Link, request: ApiRequest) => Promise<LinkPage>;
  /** Where else it can be looked at, as a sentence. */
  readonly elsewhere: string;
}

/** What is refused is a page as well, and on record under whoever's link it is. */
export function answerLink<Dependencies extends AuditingDependencies, Link extends OpenedLink>(
  operation: string,
  { find, answer, elsewhere }: AnsweringLink<Dependencies, Link>,
): (dependencies: Dependencies) => ApiHandler {
  return (dependencies) => async (request) => {
    let link: Link | undefined;
    try {
      link = await find(dependencies, request);
      const { page, shows, log } = await answer(dependencies, link, request);
      await auditReads(dependencies, operation, link.approver, { shown: shows, onRecord: new OnRecord() });
      return pageOf(200, page, { ...log, operator: link.approver });
    } catch (error) {
      const refused = asRefused(error);
      if (refused === undefined) throw error;
      const { problem, status, message } = refused;
      await auditRefusal(dependencies, operation, link?.approver, {
        problem: RECORDED[status],
        reason: message,
        request: link?.requestId,
      });
      return pageOf(status, refusedPage(message, problem, elsewhere), { problem, operator: link?.approver });
    }
  };
}

/** What the page's form says. Throws LinkRefused. @param expected what it is to say, as a sentence */
export function readForm<Form>(body: Buffer, schema: z.ZodType<Form>, expected: string): Form {
  if (body.length > MAXIMUM_FORM_BYTES) {
    throw new LinkRefused('form-too-large', `Expected at most ${MAXIMUM_FORM_BYTES} bytes.`);
  }
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  const form = schema.safeParse(Object.fromEntries(fields));
  const isOnce = new Set(fields.map(([name]) => name)).size === fields.length;
  if (form.success && isOnce) return form.data;
  throw new LinkRefused('form-invalid', expected);
}

const RECORDED = {
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  413: 'invalid-input',
  422: 'invalid-input',
} as const satisfies Readonly<Record<LinkRefused['status'], RefusedProblem>>;

/** Undefined: something went wrong, which is no answer to what was asked. */
function asRefused(error: unknown): LinkRefused | undefined {
  if (error instanceof LinkRefused) return error;
  if (error instanceof ConflictError) return new LinkRefused('cannot-be-given', error.message);
  if (error instanceof ApiProblem && error.status === 403) return new LinkRefused('not-an-approver', error.message);
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
