// The connectors there are. A new one is its file, one line here and one in load-connector.ts: the contract suite, the
// function with its own role and the docs table follow from this list.
import type * as z from 'zod';
import { PermanentError } from '../core/errors.ts';
import { awsIam } from './aws/aws-iam.ts';
import { identityCenter } from './aws/identity-center.ts';
import { secretsManager } from './aws/secrets-manager.ts';
import type { Connector } from './contract/connector.ts';
import { activeDirectory } from './directory/active-directory.ts';
import { ldap } from './directory/ldap.ts';
import { entraId } from './entra-id.ts';
import { github } from './github.ts';
import { googleWorkspace } from './google-workspace.ts';
import { http } from './http/http.ts';
import { keycloak } from './keycloak.ts';
import { manual } from './manual/manual.ts';
import { requestTracker } from './manual/request-tracker.ts';
import { ticketWebhook } from './manual/ticket-webhook.ts';
import { okta } from './okta.ts';
import { postgresql } from './postgresql.ts';
import { scim } from './scim/scim.ts';
import { slack } from './scim/slack.ts';

export const CONNECTORS: readonly Connector[] = [
  activeDirectory,
  awsIam,
  entraId,
  github,
  googleWorkspace,
  http,
  identityCenter,
  keycloak,
  ldap,
  manual,
  okta,
  postgresql,
  requestTracker,
  scim,
  secretsManager,
  slack,
  ticketWebhook,
];

/** @throws PermanentError when there is no connector of that type */
export function connectorOf(type: string): Connector {
  const connector = CONNECTORS.find((candidate) => candidate.type === type);
  if (connector === undefined) {
    throw new PermanentError(
      `There is no connector "${type}"; there are ${[...connectorSettingsSchemas().keys()].join(', ')}`,
    );
  }
  return connector;
}

/** What each connector's applications may have under `settings:`, for checking an access model. */
export function connectorSettingsSchemas(): ReadonlyMap<string, z.ZodType> {
  return new Map(CONNECTORS.map((connector) => [connector.type, connector.settings]));
}
