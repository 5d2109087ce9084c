// The audit entries of one identity, oldest first.
import { type AuditPage, listAuditQuerySchema } from '../../api/schemas.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, loadIdentity, readQuery } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';

export const listIdentityAudit =
  (dependencies: ApiDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('list-identity-audit', request, dependencies.claims);
    const { limit, after } = readQuery(request, listAuditQuerySchema);
    const { header } = await loadIdentity(dependencies, request.pathParameters['id']);
    await requireReadable(dependencies, operator, header);
    const { identityId } = header;
    const { items, next } = await dependencies.audit.list(identityId, { limit, after });
    const body: AuditPage = { items: items.map((entry) => ({ ...entry, event: { ...entry.event } })), next };
    return { status: 200, body, log: { operator: operator.id, identityId, items: items.length } };
  };

export const handler = serveApi('list-identity-audit', () => listIdentityAudit(liveApiDependencies()));
