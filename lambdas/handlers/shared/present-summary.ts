// An identity in a list of the operators' API.
import type { IdentitySummaryAnswer } from '../../api/identities.ts';
import type { View } from '../../api/roles.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';

export function presentSummary(header: IdentityHeader, view: View): IdentitySummaryAnswer {
  const { status, kind, displayName, title, department, managerId, ownerId } = header.summary;
  return {
    identityId: header.identityId,
    version: header.version,
    status,
    kind: kind as IdentitySummaryAnswer['kind'],
    displayName: view.names ? displayName : undefined,
    title,
    department,
    manager: managerId,
    owner: ownerId,
    converged: header.settledVersion === header.version,
    escalated: header.escalation !== undefined,
  };
}
