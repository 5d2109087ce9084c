// What lets somebody in beside a sign-in: named, never shown.

/** A `shared-secret` is known by a grant: taking that back rotates it. */
export type CredentialKind =
  | 'password'
  | 'access-key'
  | 'token'
  | 'ssh-key'
  | 'certificate'
  | 'mfa-device'
  | 'shared-secret';

export interface Credential {
  /** The system's id or the fingerprint; nothing anybody could sign in with. */
  readonly credentialId: string;
  readonly kind: CredentialKind;
  /** When it was last set (epoch ms), where a new one keeps the id of the old. */
  readonly setMs?: number | undefined;
}
