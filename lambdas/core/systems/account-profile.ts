// What a target system is told about an identity: the same small set for every connector.
import type { IdentityKind } from '../identity/attributes.ts';
import { displayNameOf } from '../identity/display-name.ts';
import type { IdentityAttributes } from '../identity/timeline.ts';

export interface AccountProfile {
  readonly identityId: string;
  readonly kind: IdentityKind;
  /** The sign-in name: the e-mail address, or the identity's id where there is none (service accounts). */
  readonly userName: string;
  readonly displayName: string;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly email?: string | undefined;
  readonly title?: string | undefined;
  readonly department?: string | undefined;
  readonly company?: string | undefined;
  readonly costCenter?: string | undefined;
  /** The manager's identity id. */
  readonly manager?: string | undefined;
  readonly location?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** What a target system is told about the identity. */
export function accountProfileOf(identityId: string, attributes: IdentityAttributes): AccountProfile {
  const { kind, givenName, familyName, email, title, department, company, costCenter, manager, location, timeZone } =
    attributes;
  return {
    identityId,
    kind,
    userName: email ?? identityId,
    displayName: displayNameOf(identityId, attributes),
    givenName,
    familyName,
    email,
    title,
    department,
    company,
    costCenter,
    manager: manager ?? undefined,
    location,
    timeZone,
  };
}
