// Who should hold an entitlement, now or at another instant: everybody whom the operator may see is asked, page by page.
import { entitlementRoutes, type HolderPage } from '../../api/entitlements.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { NotFoundError } from '../../core/errors.ts';
import { identityAt } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { judgingModel } from '../shared/judging-model.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { presentEntitlements } from '../shared/present-entitlements.ts';
import { listVisible } from '../shared/visible-identities.ts';
import { askedInstant, presentAskedInstant } from './asked-instant.ts';

const ROUTE = entitlementRoutes['list-holders'];
const CONCURRENT_IDENTITIES = 10;

export const listHolders = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id }, query: { at, ...page } }) => {
    const asked = at === undefined ? undefined : await askedInstant(dependencies, at);
    requireEntitlement(asked?.model ?? dependencies.model(), id);
    const { items, next, view } = await listVisible(dependencies, operator, page);
    const found = await mapBounded(
      items,
      CONCURRENT_IDENTITIES,
      async ({ identityId }): Promise<HolderPage['items']> => {
        const loaded = await findIdentity(dependencies, identityId);
        if (loaded === undefined) return [];
        const { record, timeline, nowMs, state } = loaded;
        const { accounts, header } = record;
        const model = asked?.model ?? (await judgingModel(dependencies, header, state, nowMs)).model;
        const atMs = asked?.atMs ?? nowMs;
        const held = presentEntitlements({ identityId, timeline, accounts, model, atMs }).find(
          (one) => one.entitlement === id,
        );
        if (held === undefined) return [];
        const { enabled, inPlace, reasons } = held;
        const { status } = identityAt(timeline, atMs);
        const displayName = view.names ? header.summary.displayName : undefined;
        return [{ identityId, displayName, status, enabled, inPlace, reasons }];
      },
    );
    const holders = found.flat();
    const body = { entitlement: id, asOf: asked && presentAskedInstant(asked), items: holders, next };
    const shows = holders.map(({ identityId }) => identityId);
    return { status: 200, shows, body, log: { items: holders.length } };
  },
);

/** What is retired is there still, and nobody has it. Throws NotFoundError. */
function requireEntitlement({ applications }: AccessModel, reference: string): void {
  const isKnown = applications.some(({ id, entitlements }) =>
    entitlements.some((entitlement) => `${id}:${entitlement.id}` === reference),
  );
  if (!isKnown) throw new NotFoundError('The access model has no such entitlement: expected application:entitlement.');
}

export const handler = serveApi(ROUTE, () => listHolders(liveApiDependencies()));
