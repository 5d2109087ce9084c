// What the routes of receivers have in common: whose token it is and what it allows, before anything else is looked at
// (RFC 6750), and the receiver's own stream, which is nobody else's.
import type { Route } from '../../api/route.ts';
import { DEPLOYMENT } from '../../core/audit/subject.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { allows, isSealed, readToken, type Scope } from '../../core/signals/access-token.ts';
import type { Receiver } from '../../core/signals/receiver-settings.ts';
import type { SignalStream } from '../../core/signals/stream.ts';
import { type AuditingDependencies, auditFailedAuthentication } from '../../middleware/access-entries.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { ApiHandler, ApiRequest, ApiResponse } from '../../middleware/serve-api.ts';
import { dynamoAuditStore } from '../../stores/audit/dynamo-audit-store.ts';
import { signalSecretsOf } from '../../stores/signal-secrets.ts';
import type { StreamStore } from '../../stores/signals/stream-store.ts';

export interface ReceiverDependencies extends AuditingDependencies {
  readonly receivers: readonly Receiver[];
  /** What the receiver may show, all valid at once. */
  readonly secretsOf: (receiverId: string) => Promise<readonly string[]>;
  readonly streams: StreamStore;
}

export function liveReceivers(): Pick<ReceiverDependencies, 'audit' | 'secretsOf'> {
  return { audit: dynamoAuditStore(), secretsOf: signalSecretsOf };
}

const MAXIMUM_BYTES = 65_536;

/** Answers as RFC 6750 section 3 says to whom it does not know, or who may not. */
export function forReceivers<Dependencies extends ReceiverDependencies>(
  { name }: Pick<Route, 'name'>,
  scope: Scope,
  handle: (dependencies: Dependencies, receiver: Receiver, request: ApiRequest) => Promise<ApiResponse>,
): (dependencies: Dependencies) => ApiHandler {
  return (dependencies) => async (request) => {
    const shown = await findShown(dependencies, request);
    if (shown === undefined) {
      await auditFailedAuthentication(dependencies, name, DEPLOYMENT);
      return challenge(401, request.headers['authorization'] === undefined ? '' : ' error="invalid_token"');
    }
    if (!allows(shown.scopes, scope)) return challenge(403, ` error="insufficient_scope", scope="${scope}"`);
    if (request.body.length > MAXIMUM_BYTES) throw new ApiProblem(413, 'A body holds at most 64 KB.');
    try {
      return await handle(dependencies, shown.receiver, request);
    } catch (error) {
      // What these specifications call a request that cannot be read.
      if (error instanceof InvalidInputError) throw new ApiProblem(400, error.message, error.faults);
      throw error;
    }
  };
}

async function findShown(
  { receivers, secretsOf, clock }: ReceiverDependencies,
  { headers }: ApiRequest,
): Promise<{ readonly receiver: Receiver; readonly scopes: readonly Scope[] } | undefined> {
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '') ?? [];
  const content = readToken(token);
  const receiver = receivers.find(({ id }) => id === content?.receiver);
  if (content === undefined || receiver === undefined) return undefined;
  const secrets = await secretsOf(receiver.id);
  if (!secrets.map((secret) => isSealed(token, secret)).includes(true) || clock() >= content.untilMs) return undefined;
  return { receiver, scopes: content.scopes };
}

function challenge(status: 401 | 403, error: string): ApiResponse {
  const title = status === 401 ? 'Not authenticated' : 'Not allowed';
  return {
    status,
    contentType: 'application/problem+json',
    body: { type: 'about:blank', title, status },
    headers: { 'www-authenticate': `Bearer realm="tenure"${error && `,${error}`}` },
  };
}

/** Throws ApiProblem 404: of another's stream, nobody learns that it is there. */
export async function requireStream(
  { streams }: Pick<ReceiverDependencies, 'streams'>,
  { id }: Receiver,
  streamId: unknown,
): Promise<SignalStream> {
  const stream = await streams.findStream(id);
  if (stream === undefined || stream.streamId !== streamId) throw new ApiProblem(404, 'There is no such stream.');
  return stream;
}

/** Throws ApiProblem 400. */
export function jsonIn({ body }: ApiRequest): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ApiProblem(400, 'The body is not JSON.');
  }
}
