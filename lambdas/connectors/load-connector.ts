// The connector that a function works with, and no other: a function has one of many, and what it does not load makes its
// cold start shorter. Whoever checks an access model needs them all, and has them from registry.ts.
import { PermanentError } from '../core/errors.ts';
import type { Connector } from './contract/connector.ts';

const LOADERS: Readonly<Record<string, () => Promise<Connector>>> = {
  'active-directory': async () => (await import('./directory/active-directory.ts')).activeDirectory,
  'aws-iam': async () => (await import('./aws/aws-iam.ts')).awsIam,
  'entra-id': async () => (await import('./entra-id.ts')).entraId,
  github: async () => (await import('./github.ts')).github,
  'google-workspace': async () => (await import('./google-workspace.ts')).googleWorkspace,
  http: async () => (await import('./http/http.ts')).http,
  'identity-center': async () => (await import('./aws/identity-center.ts')).identityCenter,
  keycloak: async () => (await import('./keycloak.ts')).keycloak,
  ldap: async () => (await import('./directory/ldap.ts')).ldap,
  manual: async () => (await import('./manual/manual.ts')).manual,
  okta: async () => (await import('./okta.ts')).okta,
  postgresql: async () => (await import('./postgresql.ts')).postgresql,
  'request-tracker': async () => (await import('./manual/request-tracker.ts')).requestTracker,
  scim: async () => (await import('./scim/scim.ts')).scim,
  'secrets-manager': async () => (await import('./aws/secrets-manager.ts')).secretsManager,
  slack: async () => (await import('./scim/slack.ts')).slack,
  'ticket-webhook': async () => (await import('./manual/ticket-webhook.ts')).ticketWebhook,
};

/** @throws PermanentError when there is no connector of that type */
export async function loadConnector(type: string): Promise<Connector> {
  const load = Object.hasOwn(LOADERS, type) ? LOADERS[type] : undefined;
  if (load === undefined)
    throw new PermanentError(`There is no connector "${type}"; there are ${loadable().join(', ')}`);
  return await load();
}

export function loadable(): readonly string[] {
  return Object.keys(LOADERS);
}
