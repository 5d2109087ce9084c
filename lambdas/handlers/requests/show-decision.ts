// The page behind a link to decide by. It decides nothing: whatever scans mails for bad links opens it too.
import { decisionRoutes } from '../../api/decisions.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { askedIn } from '../../core/requests/asking.ts';
import { foreseenConflicts } from '../../core/requests/foreseen-conflicts.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { askingPage, clockOf, nameOf, type ShownQuestion } from '../shared/decision-page.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { beneficiaryOf } from './load-request.ts';
import {
  answerDecisionLink,
  type Decidable,
  type LinkDependencies,
  liveLinkDependencies,
  requireDecidable,
} from './open-link.ts';

const ROUTE = decisionRoutes['show-decision'];

export const showDecision = answerDecisionLink(ROUTE.name, async (dependencies, link) => {
  const decidable = await requireDecidable(dependencies, link);
  const { identityId } = decidable.loaded.record.header;
  const page = askingPage(await shownRequest(dependencies, decidable));
  return { page, shows: [identityId], log: { requestId: link.requestId, identityId } };
});

async function shownRequest(
  dependencies: LinkDependencies,
  { loaded, request, by }: Decidable,
): Promise<ShownQuestion> {
  const { entitlement: reference, requestedBy, reason, startsMs, endsMs, expiresMs } = request.asked;
  const found = findEntitlement(dependencies.model(), reference);
  const requester = await findWhereItCounts(dependencies, requestedBy);
  const approver = await findWhereItCounts(dependencies, by);
  const at = clockOf(approver);
  const name = nameOf(loaded);
  const what = found === undefined ? reference : `${found.entitlement.name} in ${found.application.name}`;
  const conflicts = foreseenConflicts(askedIn(request), beneficiaryOf(loaded), dependencies.model());
  return {
    title: `${what} for ${name}`,
    facts: [
      ['For', name],
      ['Asked by', requester && nameOf(requester)],
      ['Access', `${what} (${reference})`],
      ['Privileged', found?.entitlement.privileged ? 'yes' : undefined],
      ['Why', reason],
      ['From', startsMs === undefined ? 'the approval' : at(startsMs)],
      ['Until', endsMs === undefined ? 'the employment ends' : at(endsMs)],
      ['To be decided until', at(expiresMs)],
    ],
    warnings: conflicts.map(({ rule, outcome }) =>
      outcome === 'prevented'
        ? `By the rule ${rule.id} it cannot be approved, as things stand: it would bring together what nobody may hold together.`
        : `It would bring two sides of the rule ${rule.id} together (${outcome}).`,
    ),
    answers: [
      { decision: 'approve', label: 'Approve' },
      { decision: 'reject', label: 'Reject' },
    ],
    why: 'Why, if you like to say so. It is kept, and who asked can read it.',
  };
}

export const handler = serveApi(ROUTE, () => showDecision(liveLinkDependencies()));
