// Requests as API Gateway hands them on, signed or with claims, and the dependencies of API handlers over memory.
import { Webhook } from 'standardwebhooks';
import type { Role } from '../../lambdas/api/roles.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { ApiDependencies } from '../../lambdas/handlers/shared/api-dependencies.ts';
import { problemOf } from '../../lambdas/middleware/api-problem.ts';
import type { ApiHandler, ApiRequest } from '../../lambdas/middleware/serve-api.ts';
import { type MemoryActivity, memoryActivity } from './memory-activity.ts';
import { memoryStores } from './memory-stores.ts';

export const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
export const NOW_MS = Date.parse('2026-11-23T09:00:00Z');

export const MODEL: AccessModel = {
  hash: 'a'.repeat(64),
  applications: [
    {
      id: 'crm',
      name: 'Customer records',
      connector: 'scim',
      owner: 'E0001',
      settings: {},
      entitlements: [{ id: 'user', name: 'CRM user', grant: 'crm-users', privileged: false }],
    },
  ],
  profiles: [{ id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:user'] }],
};

export function apiDependencies(): ApiDependencies & {
  nowMs: number;
  readonly activity: MemoryActivity;
  readonly pause: () => Promise<void>;
} {
  const dependencies = {
    ...memoryStores(),
    activity: memoryActivity(),
    nowMs: NOW_MS,
    clock: () => dependencies.nowMs,
    newId: () => 'id',
    model: () => MODEL,
    claims: CLAIMS,
    pause: async () => {},
  };
  return dependencies;
}

/** The claims in which requests here name groups and identity. */
export const CLAIMS = { groups: 'cognito:groups', identity: 'custom:identity' };

export function request(overrides: Partial<ApiRequest> = {}): ApiRequest {
  return {
    requestId: 'request-1',
    pathParameters: {},
    query: {},
    headers: {},
    body: Buffer.alloc(0),
    ...overrides,
  };
}

/** As an operator with these roles; `identityId` is the operator's own. */
export function requestAs(roles: readonly Role[], identityId: string, overrides: Partial<ApiRequest> = {}): ApiRequest {
  const claims = { sub: `sub-${identityId}`, 'cognito:groups': `[${roles.join(' ')}]`, 'custom:identity': identityId };
  return request({ claims, ...overrides });
}

/** As Cognito's access token has it: who signed in and their groups, and no attribute of theirs. */
export function requestWithAccessToken(roles: readonly Role[], overrides: Partial<ApiRequest> = {}): ApiRequest {
  const claims = { sub: 'sub-E1001', token_use: 'access', 'cognito:groups': `[${roles.join(' ')}]` };
  return request({ claims, ...overrides });
}

export function signedRequest(
  body: unknown,
  overrides: { source?: string; secret?: string; atMs?: number; contentType?: string } = {},
): ApiRequest {
  const { source = 'acme-hr', secret = SECRET, atMs = NOW_MS, contentType } = overrides;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const batch = Array.isArray(body) ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';
  const timestamp = Math.floor(atMs / 1_000);
  return request({
    pathParameters: { source },
    body: Buffer.from(text),
    headers: {
      'content-type': contentType ?? batch,
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': new Webhook(secret).sign('msg_1', new Date(timestamp * 1_000), text),
    },
  });
}

/** What a caller would be answered: errors as the problem details the middleware makes of them. */
export async function answer(handle: ApiHandler, sent: ApiRequest): Promise<{ status: number; body: unknown }> {
  try {
    const { status, body } = await handle(sent);
    return { status, body: body === undefined ? undefined : JSON.parse(JSON.stringify(body)) };
  } catch (error) {
    const problem = problemOf(error, sent.requestId);
    return { status: problem.status, body: problem };
  }
}
