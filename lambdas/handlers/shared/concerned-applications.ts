// Which applications a pass must visit: where access is due, and where there may still be some.

import type { AccountRecord } from '../../core/access/account-record.ts';
import type { DesiredAccess } from '../../core/access/desired-access.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';

export interface ConcernedApplication {
  readonly applicationId: string;
  readonly connector: string;
}

/**
 * For one who is not employed every application it ever had an account in: what was closed is looked at once more.
 * So is what a call that died may have opened again after it was found closed.
 */
export function concernedApplications(
  model: AccessModel,
  desired: DesiredAccess,
  accounts: readonly AccountRecord[],
): readonly ConcernedApplication[] {
  const due = new Set(desired.accounts.map(({ applicationId }) => applicationId));
  const employed = desired.status === 'active' || desired.status === 'suspended';
  const open = accounts.filter(
    ({ closedMs, doubtUntilMs }) => closedMs === undefined || doubtUntilMs !== undefined || !employed,
  );
  const visited = new Set([...due, ...open.map(({ applicationId }) => applicationId)]);
  return model.applications
    .filter(({ id }) => visited.has(id))
    .map(({ id, connector }) => ({ applicationId: id, connector }));
}
