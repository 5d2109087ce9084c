// The page behind a link to decide by. It decides nothing: whatever scans mails for bad links opens it too.
import { decisionRoutes } from '../../api/decisions.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { displayNameOf } from '../../core/identity/display-name.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { askedIn } from '../../core/requests/asking.ts';
import { foreseenConflicts } from '../../core/requests/foreseen-conflicts.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { askingPage, type ShownRequest } from './decision-page.ts';
import { answerLink, liveLinkDependencies } from './link-pages.ts';
import { beneficiaryOf } from './load-request.ts';
import { type Decidable, type LinkDependencies, requireDecidable } from './open-link.ts';

const ROUTE = decisionRoutes['show-decision'];

export const showDecision = answerLink(ROUTE.name, async (dependencies, link) => {
  const decidable = await requireDecidable(dependencies, link);
  const { identityId } = decidable.loaded.record.header;
  const page = askingPage(await shownRequest(dependencies, decidable));
  return { page, shows: identityId, log: { requestId: link.requestId, identityId } };
});

async function shownRequest(dependencies: LinkDependencies, { loaded, request, by }: Decidable): Promise<ShownRequest> {
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
  };
}

/** As a clock shows it where whoever decides works. */
function clockOf(approver: LoadedIdentity | undefined): (instantMs: number) => string {
  const state = approver?.state;
  const timeZone = (state !== undefined && isEmployed(state) && state.attributes.timeZone) || 'UTC';
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone });
  return (instantMs) => `${format.format(instantMs)} (${timeZone})`;
}

function nameOf({ record, state }: LoadedIdentity): string {
  const { identityId } = record.header;
  const name = 'attributes' in state ? displayNameOf(identityId, state.attributes) : identityId;
  return name === identityId ? identityId : `${name} (${identityId})`;
}

export const handler = serveApi(ROUTE, () => showDecision(liveLinkDependencies()));
