// Takes what a transmitter pushes (RFC 8935): proves who sent it, then whose word it is, and answers 202 once it is on record.
import { signalRoutes } from '../../api/signals.ts';
import { DEPLOYMENT } from '../../core/audit/subject.ts';
import { RefusedSignalError } from '../../core/signals/refused-signal.ts';
import type { Transmitter } from '../../core/signals/signal-settings.ts';
import { type AuditingDependencies, auditFailedAuthentication } from '../../middleware/access-entries.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { isEqualText } from '../../outbound/constant-time.ts';
import { deployedTransmitters } from '../../stores/deployed-transmitters.ts';
import { signalSecretsOf } from '../../stores/signal-secrets.ts';
import { liveTaking } from './live-taking.ts';
import { type TakeDependencies, takeSignal } from './take-signal.ts';

const ROUTE = signalRoutes['receive-signal'];
/** A token with one event is some 2 KB. */
const MAXIMUM_BYTES = 65_536;
const MEDIA_TYPE = 'application/secevent+jwt';

export interface ReceiveSignalDependencies extends TakeDependencies, AuditingDependencies {
  readonly transmitters: readonly Transmitter[];
  /** What the transmitter may show, all valid at once. */
  readonly secretsOf: (transmitterId: string) => Promise<readonly string[]>;
}

export const receiveSignal =
  (dependencies: ReceiveSignalDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    if (request.body.length > MAXIMUM_BYTES) throw new ApiProblem(413, 'A token holds at most 64 KB.');
    const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
    if (mediaType.trim().toLowerCase() !== MEDIA_TYPE) throw new ApiProblem(415, `Send ${MEDIA_TYPE}.`);
    try {
      const transmitter = await authenticate(dependencies, request);
      const { name = 'other' } = await takeSignal(dependencies, transmitter, request.body.toString('utf8').trim());
      return { status: 202, body: undefined, log: { transmitter: transmitter.id, event: name } };
    } catch (error) {
      if (!(error instanceof RefusedSignalError)) throw error;
      const { code, message } = error;
      if (code === 'authentication_failed') await auditFailedAuthentication(dependencies, ROUTE.name, DEPLOYMENT);
      return { status: 400, body: { err: code, description: message }, headers: LANGUAGE, log: { refused: code } };
    }
  };

const LANGUAGE = { 'content-language': 'en' };

/** The same answer to a transmitter that does not exist: which do is nobody's business. */
async function authenticate(
  { transmitters, secretsOf }: ReceiveSignalDependencies,
  { headers, pathParameters }: ApiRequest,
): Promise<Transmitter> {
  const transmitter = transmitters.find(({ id, poll }) => id === pathParameters['transmitter'] && poll === undefined);
  const secrets = transmitter === undefined ? [] : await secretsOf(transmitter.id);
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '') ?? [];
  // Every secret is compared, whichever matches: how long it takes tells nothing.
  const isKnown = secrets.map((secret) => isEqualText(secret, given)).includes(true);
  if (transmitter !== undefined && isKnown) return transmitter;
  throw new RefusedSignalError('authentication_failed', 'The bearer token is missing or wrong.');
}

export const handler = serveApi(ROUTE, () =>
  receiveSignal({ ...liveTaking(), transmitters: deployedTransmitters(), secretsOf: signalSecretsOf }),
);
