// Somebody decides by a mailed link. The link's own id is in the decision, so that it is recorded once, whoever sends it twice
// and at the same time; who can decide is found anew on what it is recorded on.
import { decisionFormSchema, decisionRoutes } from '../../api/decisions.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { recordedPage } from '../shared/decision-page.ts';
import { readForm } from '../shared/link-pages.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { requestIn } from './load-request.ts';
import { answerDecisionLink, decisionIdOf, liveLinkDependencies, requireDecidable } from './open-link.ts';
import { presentRequest } from './present-request.ts';
import { stateDecision } from './state-decision.ts';

const ROUTE = decisionRoutes['decide-by-link'];
const EXPECTED = 'Expected to approve or to reject, and a reason of at most 500 characters.';
const TITLES = { approve: 'Your approval is recorded', reject: 'Your rejection is recorded' } as const;

export const decideByLink = answerDecisionLink(ROUTE.name, async (dependencies, link, { body }) => {
  const { decision: answer, reason = '' } = readForm(body, decisionFormSchema, EXPECTED);
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
  return { page: recordedPage(TITLES[answer], whatNext), shows: [identityId], log };
});

export const handler = serveApi(ROUTE, () => decideByLink(liveLinkDependencies()));
