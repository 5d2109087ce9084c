// Somebody decides by a mailed link. The link's own id is in the decision, so that it is recorded once, whoever sends it twice
// and at the same time; who can decide is found anew on what it is recorded on.
import { decisionFormSchema, decisionRoutes } from '../../api/decisions.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { DecisionLink } from '../../stores/notices/notice-store.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { recordedPage } from './decision-page.ts';
import { answerLink, liveLinkDependencies } from './link-pages.ts';
import { requestIn } from './load-request.ts';
import { decisionIdOf, LinkRefused, requireDecidable } from './open-link.ts';
import { presentRequest } from './present-request.ts';
import { stateDecision } from './state-decision.ts';

const ROUTE = decisionRoutes['decide-by-link'];
/** An answer and a reason of 500 characters, each of which a form may write as nine. */
const MAXIMUM_FORM_BYTES = 8_192;

export const decideByLink = answerLink(ROUTE.name, async (dependencies, link, { body }) => {
  const { decision: answer, reason = '' } = readForm(body, link);
  const recorded = await recordOnVersion(dependencies, link.identityId, async (loaded) => {
    const decidable = await requireDecidable(dependencies, link, loaded);
    return stateDecision(dependencies, {
      ...decidable,
      answer,
      reason: reason === '' ? undefined : reason,
      operatorId: decidable.by,
      decisionId: decisionIdOf(link),
    });
  });
  const request = requestIn(recorded, link.requestId);
  if (request === undefined) throw new Error(`request ${link.requestId} is not there`);
  const { identityId, whatNext } = await presentRequest(dependencies, recorded, request);
  const log = { requestId: link.requestId, identityId, answer };
  return { page: recordedPage(answer, whatNext), shows: identityId, log };
});

/** Throws LinkRefused. */
function readForm(body: Buffer, link: DecisionLink) {
  if (body.length > MAXIMUM_FORM_BYTES) {
    throw new LinkRefused('form-too-large', `Expected at most ${MAXIMUM_FORM_BYTES} bytes.`, link);
  }
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  const form = decisionFormSchema.safeParse(Object.fromEntries(fields));
  const isOnce = new Set(fields.map(([name]) => name)).size === fields.length;
  if (form.success && isOnce) return form.data;
  throw new LinkRefused(
    'form-invalid',
    'Expected to approve or to reject, and a reason of at most 500 characters.',
    link,
  );
}

export const handler = serveApi(ROUTE, () => decideByLink(liveLinkDependencies()));
