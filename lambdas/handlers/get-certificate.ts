// The offboarding certificate: per system what was found after the fact, and the last moment access was possible.
import type { CertificateAnswer } from '../core/api-schemas.ts';
import { NotFoundError } from '../core/errors.ts';
import { toIso } from '../core/moment.ts';
import { certificateIdOf } from '../core/removal.ts';
import { authorize } from '../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../middleware/serve-api.ts';
import type { AccountRecord, IdentityRecord, TaskRecord } from '../stores/identity-store.ts';
import { type ApiDependencies, liveApiDependencies, loadIdentity } from './shared/api-dependencies.ts';
import { requireReadable } from './shared/require-readable.ts';

export const getCertificate =
  (dependencies: ApiDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('get-certificate', request, dependencies.claims);
    const certificateId = request.pathParameters['id'] ?? '';
    // `<identity id>.<version>`; an identity's id may hold dots itself.
    const record = await loadIdentity(dependencies, certificateId.slice(0, certificateId.lastIndexOf('.')));
    await requireReadable(dependencies, operator, record.header);
    const body = certify(record, certificateId);
    return { status: 200, body, log: { operator: operator.id, certificateId } };
  };

function certify({ header, accounts, tasks }: IdentityRecord, certificateId: string): CertificateAnswer {
  const { identityId, removal } = header;
  if (removal?.provenMs === undefined || certificateIdOf(identityId, removal) !== certificateId) {
    throw new NotFoundError(
      'There is no such certificate: removal is certified once every system was read back clean.',
    );
  }
  return {
    certificateId,
    identityId,
    version: removal.version,
    startedAt: toIso(removal.startedMs),
    provenAt: toIso(removal.provenMs),
    applications: accounts.map(certifyAccount),
    attestations: tasks.flatMap((task) => attestationOf(task, removal.startedMs)),
  };
}

function certifyAccount({
  applicationId,
  account,
  closedMs,
  readMs,
}: AccountRecord): CertificateAnswer['applications'][number] {
  return {
    applicationId,
    accountId: account?.accountId,
    outcome: outcomeOf(account),
    closedAt: closedMs === undefined ? undefined : toIso(closedMs),
    verifiedAt: toIso(readMs),
  };
}

/** Accounts are shown as last read: a rehire since then is no fault of the removal, but must not look like one. */
function outcomeOf(account: AccountRecord['account']): CertificateAnswer['applications'][number]['outcome'] {
  if (account === undefined) return 'no-account';
  return account.enabled ? 'in-use-again' : 'disabled';
}

function attestationOf(task: TaskRecord, sinceMs: number): CertificateAnswer['attestations'] {
  const { taskId, applicationId, attestedBy, attestedMs, evidence } = task;
  if (attestedBy === undefined || attestedMs === undefined || attestedMs < sinceMs) return [];
  return [{ taskId, applicationId, attestedBy, attestedAt: toIso(attestedMs), evidence }];
}

export const handler = serveApi('get-certificate', () => getCertificate(liveApiDependencies()));
