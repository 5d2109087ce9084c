// HR events for tests of the local cloud, and waiting for what comes of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { IdentityAnswer } from '../../lambdas/api/identities.ts';
import type { Attributes } from '../../lambdas/core/identity/attributes.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { type FoundAccount, readTargets } from '../../local/read-targets.ts';

const POLL_MS = 250;
/** A removal that meets a fault another test planted is proven only once a lease has run out since: 90 s later. */
const DEFAULT_TIMEOUT_MS = 240_000;
const MINUTE_MS = 60_000;

/** For tests in which many leave at once, which the mass-error guard is there to hold. */
export const LETS_MANY_LEAVE = {
  massErrorGuard: { maximumIdentities: 10_000, maximumShare: 1, applicationShare: 1, neverHeld: 1_000 },
} as const;

let written = 0;

/** An identity's id that no other test uses. */
export function newIdentityId(prefix = 'T'): string {
  written += 1;
  return `${prefix}${process.pid}-${written}`;
}

export interface TestEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: '/hr/acme-hr';
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: object;
}

function event(type: string, subject: string, minutesAgo: number, data: object): TestEvent {
  written += 1;
  const moment = new Date(Date.now() - minutesAgo * MINUTE_MS).toISOString();
  const dated = 'immediate' in data ? data : { effectiveAt: moment, ...data };
  return {
    specversion: '1.0',
    id: `${subject}-${written}`,
    source: '/hr/acme-hr',
    type: `jml.${type}`,
    subject,
    time: moment,
    data: dated,
  };
}

export function joiner(subject: string, attributes: Partial<Attributes> = {}, minutesAgo = 30): TestEvent {
  const standard = {
    kind: 'employee',
    givenName: 'Test',
    familyName: subject,
    email: `${subject.toLowerCase()}@acme.example`,
    title: 'Associate',
    department: 'Sales',
    location: 'Berlin',
    timeZone: 'Europe/Berlin',
    company: 'Acme GmbH',
  };
  return event('joiner', subject, minutesAgo, { attributes: { ...standard, ...attributes } });
}

export function mover(subject: string, attributes: Partial<Attributes>, minutesAgo = 20): TestEvent {
  return event('mover', subject, minutesAgo, { attributes });
}

export function leaver(subject: string, minutesAgo = 10): TestEvent {
  return event('leaver', subject, minutesAgo, { reason: 'resignation' });
}

/** Whatever the date: now. */
export function immediateLeaver(subject: string): TestEvent {
  return event('leaver', subject, 0, { reason: 'dismissal', immediate: true });
}

export async function eventually<Result>(
  what: string,
  look: () => Promise<Result | undefined>,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await look();
    if (result !== undefined) return result;
    if (Date.now() > deadline) throw new Error(`${what} did not come about within ${timeoutMs / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** The identity once every system agrees with at least this version, and any removal is proven. */
export function convergedAt(cloud: Pick<LocalCloud, 'api'>, identityId: string, version = 1): Promise<IdentityAnswer> {
  return eventually(`${identityId} at version ${version} converging`, async () => {
    const identity = await cloud.api.findIdentity(identityId);
    if (identity === undefined || !identity.converged || identity.version < version) return undefined;
    const departed = identity.state.status === 'departed';
    return departed && identity.removal?.provenAt === undefined ? undefined : identity;
  });
}

/** What the systems themselves hold for this identity. */
export async function accountsOf(cloud: LocalCloud, identityId: string): Promise<readonly FoundAccount[]> {
  const found = await readTargets(cloud.outputs, cloud.accessModel);
  return found.filter((account) => account.identityId === identityId);
}

/** `application:grant`, of every account; a disabled account's grants are marked. */
export async function grantsOf(cloud: LocalCloud, identityId: string): Promise<readonly string[]> {
  const accounts = await accountsOf(cloud, identityId);
  return accounts
    .flatMap(({ applicationId, enabled, grants }) =>
      grants.map((grant) => `${applicationId}:${grant}${enabled ? '' : ' (disabled)'}`),
    )
    .sort();
}
