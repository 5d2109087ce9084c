// What Tenure itself says of people to those who asked for it: as something takes effect, one event a token, and of the
// person no more than the receiver finds them by. Why it is so is not told: a leaver and a suspension look the same.
import type { AccountRecord } from '../access/account-record.ts';
import type { IdentityHeader } from '../access/identity-record.ts';
import { sha256Hex } from '../canonical-json.ts';
import type { Stage } from '../identity/stage.ts';
import type { CredentialKind } from '../systems/credential.ts';
import { uriOf } from './event-types.ts';
import type { Receiver } from './receiver-settings.ts';
import type { SubjectId } from './subject-id.ts';

export const SENT_EVENTS = ['session-revoked', 'credential-change', 'account-disabled', 'account-enabled'] as const;
export type SentEvent = (typeof SENT_EVENTS)[number];
export const SENT_URIS: readonly string[] = SENT_EVENTS.map(uriOf);

/** `isKnown`: there was an employment before; of somebody new nobody has heard, and nobody is told. */
export function eventsOf(stage: Stage, isKnown: boolean): readonly SentEvent[] {
  switch (stage) {
    case 'leaver':
    case 'suspension':
      return ['session-revoked', 'account-disabled'];
    case 'return':
      return ['account-enabled'];
    case 'joiner':
      return isKnown ? ['account-enabled'] : [];
    case 'mover':
    case 'unchanged':
      return [];
    default:
      return stage satisfies never;
  }
}

/** CAEP 1.0 section 3.3.1 names some kinds; of others it lets both sides agree. */
const CREDENTIAL_TYPES: Readonly<Record<CredentialKind, string>> = {
  password: 'password',
  'access-key': 'access-key',
  token: 'token',
  'ssh-key': 'ssh-key',
  certificate: 'x509',
  'mfa-device': 'app',
  'shared-secret': 'shared-secret',
};

/** CAEP's `reason_admin` must say something. */
const REASONS: Readonly<Record<SentEvent, string>> = {
  'session-revoked': 'Access ended',
  'credential-change': 'A credential was revoked',
  'account-disabled': 'Access ended',
  'account-enabled': 'Access began again',
};

export interface ToldEvent {
  readonly event: SentEvent;
  /** When it took effect (epoch ms). */
  readonly atMs: number;
  /** Of a credential-change. */
  readonly credential?: CredentialKind | undefined;
}

export function payloadOf({ event, atMs, credential }: ToldEvent): Readonly<Record<string, unknown>> {
  return {
    event_timestamp: Math.floor(atMs / 1_000),
    initiating_entity: 'policy',
    reason_admin: { en: REASONS[event] },
    ...(event === 'credential-change' && {
      credential_type: credential === undefined ? 'password' : CREDENTIAL_TYPES[credential],
      change_type: 'revoke',
    }),
  };
}

/** As the receiver knows them; undefined: it cannot, so it is told nothing. */
export function subjectFor(
  { subject }: Pick<Receiver, 'subject'>,
  { identityId, summary }: Pick<IdentityHeader, 'identityId' | 'summary'>,
  accounts: readonly Pick<AccountRecord, 'applicationId' | 'account'>[],
): SubjectId | undefined {
  switch (subject.format) {
    case 'email':
      return summary.email === undefined ? undefined : { format: 'email', email: summary.email };
    case 'opaque':
      return { format: 'opaque', id: identityId };
    case 'iss_sub': {
      const { account } = accounts.find(({ applicationId }) => applicationId === subject.application) ?? {};
      return account && { format: 'iss_sub', iss: subject.issuer, sub: account.accountId };
    }
    default:
      return subject satisfies never;
  }
}

export interface MadeFor {
  readonly streamId: string;
  /** The same for the same cause, so that it is made once. */
  readonly cause: string;
  /** Of the identity: what is said of one of them is in this order. */
  readonly version: number;
}

/** Sorts by the version, and is unique to the stream. */
export function signalIdOf({ streamId, cause, version }: MadeFor, event: string): string {
  return `${String(version).padStart(10, '0')}-${sha256Hex(JSON.stringify([streamId, cause, event])).slice(0, 40)}`;
}

export interface Claims {
  readonly issuer: string;
  readonly audience: string;
  readonly jti: string;
  readonly nowMs: number;
  readonly subject: SubjectId;
  readonly uri: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** RFC 8417, with the subject where SSF 1.0 has it. */
export function claimsOf({ issuer, audience, jti, nowMs, subject, uri, payload }: Claims): object {
  return {
    iss: issuer,
    aud: audience,
    iat: Math.floor(nowMs / 1_000),
    jti,
    sub_id: subject,
    events: { [uri]: payload },
  };
}
