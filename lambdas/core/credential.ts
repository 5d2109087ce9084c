// What lets somebody in beside a sign-in: named, never shown.

export type CredentialKind = 'password' | 'access-key' | 'token' | 'ssh-key' | 'certificate' | 'mfa-device';

export interface Credential {
  /** The system's id or the fingerprint; nothing anybody could sign in with. */
  readonly credentialId: string;
  readonly kind: CredentialKind;
}
