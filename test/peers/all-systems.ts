// Every real system that runs here, as one access model: what a person who joins gets, and loses at once when leaving.

import type { ResidualWindow } from '../../lambdas/connectors/contract/connector.ts';
import { requestTracker } from '../../lambdas/connectors/manual/request-tracker.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { mapBounded } from '../../lambdas/core/map-bounded.ts';
import type { Harness, UsedSystem } from '../connectors/contract.ts';
import { scimmyHarness } from '../connectors/scimmy-harness.ts';
import { activeDirectoryHarness, stopSamba } from './harnesses/active-directory.ts';
import { awsIamHarnessOf } from './harnesses/aws-iam.ts';
import { startGit } from './harnesses/git.ts';
import { httpHarnessOf } from './harnesses/http.ts';
import { keycloakHarnessOf, stopServer } from './harnesses/keycloak.ts';
import { ldapHarness } from './harnesses/ldap.ts';
import { postgresqlHarness } from './harnesses/postgresql.ts';
import { scim2Harness } from './harnesses/scim.ts';
import { startVpn } from './harnesses/vpn.ts';
import { type RequestTracker, startRequestTracker } from './servers/request-tracker.ts';

/** How long access tokens live where the server lets that be set: what the removal must wait for. */
const TOKEN_SECONDS = 15;
/** Servers that start at once, so that each has a processor of its own: some take a minute even then. */
const STARTING = 2;
/** Where a connection already bound goes on reading whatever is done: Samba ends none. */
export const OUTLASTED = 'directory';
export const MANUAL = 'badge';

export interface System {
  readonly applicationId: string;
  readonly connector: string;
  /** In the system's own words. */
  readonly grant: string;
  start(): Promise<UsedSystem>;
  /** In place of what is declared, where no test can wait for that. */
  readonly waitsSeconds?: number;
}

const GRANT = 'Sales';

function system(applicationId: string, connector: string, harness: Harness): System {
  return { applicationId, connector, grant: GRANT, start: () => harness.start([GRANT]) };
}

/** Those that take longest to start come first. */
export const API_SYSTEMS: readonly System[] = [
  system('login', 'keycloak', keycloakHarnessOf(TOKEN_SECONDS)),
  // Declared are ten hours, the life of a Kerberos ticket and of connections bound before. The window is overridden with
  // one of seconds, so here the proof comes before the open connection's end. That one is still alive then, which is
  // asserted: it is what the declared ten hours are for.
  { ...system(OUTLASTED, 'active-directory', activeDirectoryHarness), waitsSeconds: TOKEN_SECONDS },
  system('content', 'http', httpHarnessOf(TOKEN_SECONDS)),
  // Its users may assume no role here, whose sessions would last for up to twelve hours.
  system('aws', 'aws-iam', awsIamHarnessOf(0)),
  system('warehouse', 'postgresql', postgresqlHarness),
  // Nobody can sign in to these two: they keep accounts for a system they would stand in front of.
  system('crm', 'scim', scim2Harness),
  system('support', 'scim', scimmyHarness),
  { applicationId: 'git', connector: 'ldap', grant: 'git', start: startGit },
  { applicationId: 'vpn', connector: 'ldap', grant: 'vpn', start: startVpn },
  system('unix', 'ldap', ldapHarness),
];

export interface RunningSystems {
  readonly requestTracker: RequestTracker;
  of(applicationId: string): UsedSystem;
  /** What outlasts a removal there, as its connector declares it; in seconds that a test can wait for. */
  residualOf(applicationId: string): ResidualWindow | undefined;
  stop(): Promise<void>;
}

export async function startAllSystems(): Promise<RunningSystems> {
  const running = new Map<string, UsedSystem>();
  let desk: RequestTracker | undefined;
  const starts = API_SYSTEMS.map(({ applicationId, start }) => async () => {
    running.set(applicationId, await start());
  });
  const startDesk = async () => {
    desk = await startRequestTracker();
  };
  const stop = async () => {
    await Promise.all([...running.values(), ...(desk ? [desk] : [])].map((server) => server.stop()));
    await stopSamba();
    await stopServer();
  };
  try {
    await mapBounded([...starts, startDesk], STARTING, (start) => start());
  } catch (error) {
    await stop();
    throw error;
  }
  if (desk === undefined) throw new Error('Request Tracker does not run');
  const of = (applicationId: string) => {
    const server = running.get(applicationId);
    if (server === undefined) throw new Error(`${applicationId} does not run`);
    return server;
  };
  return {
    requestTracker: desk,
    of,
    residualOf: (applicationId) => {
      const declared = of(applicationId).residual;
      const { waitsSeconds } = API_SYSTEMS.find((each) => each.applicationId === applicationId) ?? {};
      return declared && { ...declared, seconds: waitsSeconds ?? declared.seconds };
    },
    stop,
  };
}

/** Somebody in Sales gets the one entitlement of each; `owner` owns them all. */
export function modelOfAll(owner: string): AccessModel {
  const applications = [
    ...API_SYSTEMS,
    { applicationId: MANUAL, connector: requestTracker.type, grant: 'Zone Munich' },
  ].map(({ applicationId, connector, grant }) => ({
    id: applicationId,
    name: applicationId,
    connector,
    owner,
    settings: {},
    entitlements: [{ id: 'access', name: 'Access', grant, privileged: false }],
  }));
  const entitlements = applications.map(({ id }) => `${id}:access`);
  const profiles = [{ id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements }];
  return { hash: 'one-leaver', applications, profiles };
}
