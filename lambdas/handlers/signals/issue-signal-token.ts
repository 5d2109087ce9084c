// A receiver of signals gets a token for an hour for its own credentials (RFC 6749 sections 2.3.1, 4.4 and 5).
import { ssfRoutes } from '../../api/ssf.ts';
import { DEPLOYMENT } from '../../core/audit/subject.ts';
import { issueToken, SCOPES, type Scope, TOKEN_SECONDS } from '../../core/signals/access-token.ts';
import { auditFailedAuthentication } from '../../middleware/access-entries.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { type ApiHandler, type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { isEqualText } from '../../outbound/constant-time.ts';
import { deployedReceivers } from '../../stores/deployed-receivers.ts';
import { liveReceivers, type ReceiverDependencies } from './for-receivers.ts';

const ROUTE = ssfRoutes['issue-signal-token'];
const MAXIMUM_BYTES = 8_192;

export type IssueDependencies = Omit<ReceiverDependencies, 'streams'>;

export const issueSignalToken =
  (dependencies: IssueDependencies): ApiHandler =>
  async (request) => {
    if (request.body.length > MAXIMUM_BYTES) throw new ApiProblem(413, 'A body holds at most 8 KB.');
    const form = new URLSearchParams(request.body.toString('utf8'));
    const [id, given] = credentialsIn(request, form);
    const secrets = dependencies.receivers.some((one) => one.id === id) ? await dependencies.secretsOf(id) : [];
    const secret = secrets.filter((one) => isEqualText(one, given))[0];
    if (secret === undefined) {
      await auditFailedAuthentication(dependencies, ROUTE.name, DEPLOYMENT);
      return refuse(401, 'invalid_client');
    }
    if (form.get('grant_type') !== 'client_credentials') return refuse(400, 'unsupported_grant_type');
    const asked = (form.get('scope') ?? SCOPES.join(' ')).split(' ').filter((one) => one !== '');
    const scopes = SCOPES.filter((one) => asked.includes(one));
    if (scopes.length === 0 || !asked.every((one) => SCOPES.includes(one as Scope)))
      return refuse(400, 'invalid_scope');
    const untilMs = dependencies.clock() + TOKEN_SECONDS * 1_000;
    const body = {
      access_token: issueToken({ receiver: id, scopes, untilMs }, secret),
      token_type: 'Bearer',
      expires_in: TOKEN_SECONDS,
      scope: scopes.join(' '),
    };
    return { status: 200, body, log: { receiver: id } };
  };

function credentialsIn({ headers }: ApiRequest, form: URLSearchParams): readonly [id: string, secret: string] {
  const [, basic] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(headers['authorization'] ?? '') ?? [];
  if (basic === undefined) return [form.get('client_id') ?? '', form.get('client_secret') ?? ''];
  const [id = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return [decode(id), decode(rest.join(':'))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function refuse(status: 400 | 401, error: string): ApiResponse {
  const headers = status === 401 ? { 'www-authenticate': 'Basic realm="tenure"' } : {};
  return { status, body: { error }, headers };
}

export const handler = serveApi(ROUTE, () =>
  issueSignalToken({ ...liveReceivers(), receivers: deployedReceivers(), clock: Date.now }),
);
