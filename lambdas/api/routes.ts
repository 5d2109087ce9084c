// Every route of the API: the one list from which the gateway, the roles and the OpenAPI document are made.

export interface Route {
  readonly method: 'GET' | 'POST';
  /** As API Gateway and OpenAPI both write it. */
  readonly path: string;
  /** `signature`: the HR source signs the body; `token`: the JWT authorizer; `open`: nobody is asked. */
  readonly access: 'signature' | 'token' | 'open';
}

/** By the stem of the handler's file. */
export const ROUTES = {
  'receive-hr-event': { method: 'POST', path: '/hr/{source}/events', access: 'signature' },
  'list-identities': { method: 'GET', path: '/identities', access: 'token' },
  'get-identity': { method: 'GET', path: '/identities/{id}', access: 'token' },
  'list-identity-audit': { method: 'GET', path: '/identities/{id}/audit', access: 'token' },
  'merge-identity': { method: 'POST', path: '/identities/{id}/merge', access: 'token' },
  'list-tasks': { method: 'GET', path: '/tasks', access: 'token' },
  'get-task': { method: 'GET', path: '/tasks/{id}', access: 'token' },
  'attest-task': { method: 'POST', path: '/tasks/{id}/attestation', access: 'token' },
  'list-holds': { method: 'GET', path: '/holds', access: 'token' },
  'get-hold': { method: 'GET', path: '/holds/{id}', access: 'token' },
  'release-hold': { method: 'POST', path: '/holds/{id}/release', access: 'token' },
  'drop-hold': { method: 'POST', path: '/holds/{id}/drop', access: 'token' },
  'list-reconciliations': { method: 'GET', path: '/reconciliations', access: 'token' },
  'get-reconciliation': { method: 'GET', path: '/reconciliations/{applicationId}', access: 'token' },
  'start-reconciliation': { method: 'POST', path: '/reconciliations/{applicationId}/runs', access: 'token' },
  'decide-reconciliation': { method: 'POST', path: '/reconciliations/{applicationId}/decision', access: 'token' },
  'get-certificate': { method: 'GET', path: '/certificates/{id}', access: 'token' },
  'get-time-to-revoke': { method: 'GET', path: '/time-to-revoke', access: 'token' },
  'get-openapi': { method: 'GET', path: '/openapi.json', access: 'open' },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof ROUTES;
/** The routes of people, which roles decide on. */
export type OperatorRoute = {
  [Name in RouteName]: (typeof ROUTES)[Name]['access'] extends 'token' ? Name : never;
}[RouteName];
