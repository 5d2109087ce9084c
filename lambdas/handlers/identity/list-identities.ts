// The directory, page by page; a manager's is the tree below them, one level at a time.
import { type IdentityPage, listIdentitiesQuerySchema } from '../../api/schemas.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, loadIdentity, readQuery } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { presentSummary } from './present-identity.ts';

export const listIdentities =
  (dependencies: ApiDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('list-identities', request, dependencies.claims);
    const { limit, after, manager } = readQuery(request, listIdentitiesQuerySchema);
    const ownOnly = operator.scope === 'own-reports';
    if (ownOnly && operator.identityId === undefined) return { status: 200, body: { items: [] } };
    const managerId = manager ?? (ownOnly ? operator.identityId : undefined);
    if (ownOnly && managerId !== operator.identityId) {
      const { header } = await loadIdentity(dependencies, managerId);
      await requireReadable(dependencies, operator, header);
    }
    const { items, next } = await dependencies.identities.listIdentities({ managerId, limit, after });
    const body: IdentityPage = { items: items.map((header) => presentSummary(header, operator.view)), next };
    return { status: 200, body, log: { operator: operator.id, items: items.length } };
  };

export const handler = serveApi('list-identities', () => listIdentities(liveApiDependencies()));
