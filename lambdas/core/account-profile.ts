// What a target system is told about an identity: the same small set for every connector.
import type { IdentityKind } from './attributes.ts';

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
