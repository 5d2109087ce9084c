// What a transmitter says becomes a record and, where the settings say so, keeps somebody out. Everything before the record
// may be done twice and counts once; the record comes last, so that what is not on it is sent again.

import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { type AccessSuspendedFact, factIdOf, OWN_SOURCE, ownFactBase } from '../../core/identity/facts.ts';
import { MAXIMUM_FACTS } from '../../core/identity/history-bound.ts';
import { toIso } from '../../core/moment.ts';
import { isStreamEvent, type StreamEventName } from '../../core/signals/event-types.ts';
import { RefusedSignalError } from '../../core/signals/refused-signal.ts';
import {
  type Expected,
  forgottenMs,
  readSecurityEvent,
  type SecurityEvent,
} from '../../core/signals/security-event.ts';
import { responseTo, type Transmitter } from '../../core/signals/signal-settings.ts';
import type { VerifyToken } from '../../outbound/signal-keys.ts';
import type { SendAlert } from '../../stores/alerts.ts';
import type { SignalStore } from '../../stores/signals/signal-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { type JudgeDependencies, reasonNotToSuspend } from '../shared/judge-losses.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';

export interface TakeDependencies extends Pick<Dependencies, 'facts' | 'accounts' | 'directory'>, JudgeDependencies {
  readonly signals: SignalStore;
  readonly alert: SendAlert;
  readonly verify: (transmitter: Transmitter) => VerifyToken;
}

type Entry = Extract<AuditEntry['event'], { readonly type: 'signal-received' }>;
type Response = Entry['response'];

/** What one token makes somebody be told of is not told again before that. */
const TOLD_MS = 3_600_000;
const MAXIMUM_REASON = 500;
const MINUTE_MS = 60_000;

/** Throws RefusedSignalError for what is not to be taken, ever. One that was taken before is taken once more, and does nothing. */
export async function takeSignal(
  dependencies: TakeDependencies,
  transmitter: Transmitter,
  token: string,
): Promise<SecurityEvent> {
  const { signals, clock, verify } = dependencies;
  const expected = expectedOf(transmitter);
  const event = readSecurityEvent(await verify(transmitter)(token), expected, clock());
  const tokenHash = sha256Hex(token);
  const known = await signals.findTaken(transmitter.id, event.jti);
  requireSame(known, tokenHash);
  if (known !== undefined) return event;
  const { about, response } = await respond(dependencies, transmitter, event);
  const taken = { transmitter: transmitter.id, jti: event.jti, tokenHash };
  const entry = entryOf(transmitter, event, { about, response, nowMs: clock() });
  if (!(await signals.saveTaken(taken, forgottenMs(event, expected), [entry]))) {
    requireSame(await signals.findTaken(transmitter.id, event.jti), tokenHash);
  }
  return event;
}

function expectedOf({ issuer, audience, maximumAgeMinutes }: Transmitter): Expected {
  return { issuer, audience, maximumAgeMs: maximumAgeMinutes * MINUTE_MS };
}

function requireSame(known: string | undefined, tokenHash: string): void {
  if (known === undefined || known === tokenHash) return;
  throw new RefusedSignalError('invalid_request', 'Another token was taken under this jti.');
}

interface Outcome {
  /** The identity; undefined: nobody knows whom, or it is about the stream. */
  readonly about?: string | undefined;
  readonly response: Response;
}

async function respond(
  dependencies: TakeDependencies,
  transmitter: Transmitter,
  event: SecurityEvent,
): Promise<Outcome> {
  const { name, payload } = event;
  if (name === undefined) return { response: 'recorded' };
  if (isStreamEvent(name)) return await respondToStream(dependencies, transmitter, event, name);
  const isVerified = (await dependencies.signals.findVerified(transmitter.id)) !== undefined;
  const wanted = responseTo(transmitter, name, payload, isVerified);
  const loaded = await findSubject(dependencies, transmitter, event);
  const about = loaded?.record.header.identityId;
  if (wanted === 'record') return { about, response: 'recorded' };
  if (wanted === 'suspend' && loaded !== undefined) return await suspend(dependencies, transmitter, event, loaded);
  const unverified = wanted === 'alert' && transmitter.responses[name] === 'suspend';
  const why = unverified ? 'Nobody is kept out: its stream has not been verified.' : 'Nobody is kept out.';
  await tell(dependencies, transmitter, { event: name, about, what: why });
  return { about, response: 'alerted' };
}

async function respondToStream(
  dependencies: TakeDependencies,
  transmitter: Transmitter,
  { payload }: SecurityEvent,
  name: StreamEventName,
): Promise<Outcome> {
  if (name === 'verification') {
    await dependencies.signals.saveVerified(transmitter.id, dependencies.clock());
    return { response: 'recorded' };
  }
  if (payload['status'] === 'enabled') return { response: 'recorded' };
  await tell(dependencies, transmitter, {
    event: name,
    what: 'It sends no signals any more until it is enabled again.',
  });
  return { response: 'alerted' };
}

/** Undefined: nobody, or several, of whom it cannot be said who is meant. */
async function findSubject(
  dependencies: TakeDependencies,
  { issuer, subjectIssuer = issuer, application }: Transmitter,
  { subject }: SecurityEvent,
): Promise<LoadedIdentity | undefined> {
  const { accounts, directory } = dependencies;
  if (subject === undefined) return undefined;
  const byAccount = async (accountId: string) =>
    application === undefined ? [] : await accounts.findLinked(application, accountId);
  const ids =
    subject.format === 'email'
      ? await directory.findByEmail(subject.email)
      : subject.format === 'opaque'
        ? await byAccount(subject.id)
        : subject.iss === subjectIssuer
          ? await byAccount(subject.sub)
          : [];
  const found = new Map<string, LoadedIdentity>();
  for (const id of ids) {
    const loaded = await findWhereItCounts(dependencies, id);
    if (loaded !== undefined) found.set(loaded.record.header.identityId, loaded);
  }
  // Under an earlier id somebody may have left; they are who is there by now.
  const present = [...found.values()].filter(({ state }) => state.status !== 'departed');
  const [only, ...others] = present.length > 0 ? present : found.values();
  return others.length === 0 ? only : undefined;
}

async function suspend(
  dependencies: TakeDependencies,
  transmitter: Transmitter,
  { name = 'session-revoked', jti }: SecurityEvent,
  { record: { header } }: LoadedIdentity,
): Promise<Outcome> {
  const sourceEventId = `signal/${transmitter.id}/${sha256Hex(jti).slice(0, 32)}`;
  let response: Response = 'suspended';
  await recordOnVersion(dependencies, header.identityId, async ({ timeline, state, record, nowMs }) => {
    response = 'suspended';
    const isSaid = timeline.suspensions.some(({ suspendedAs }) => suspendedAs === 'security');
    // Said by this very token, and resumed since.
    const wasSaid = timeline.facts.some(({ factId }) => factId === factIdOf(OWN_SOURCE, sourceEventId));
    if (isSaid || wasSaid) return [];
    if (state.status === 'departed') {
      response = 'recorded';
      return [];
    }
    const isFull = timeline.facts.length >= MAXIMUM_FACTS;
    if (
      isFull ||
      (state.status === 'active' && (await reasonNotToSuspend(dependencies, record.header)) !== undefined)
    ) {
      response = 'withheld';
      return [];
    }
    const fact: AccessSuspendedFact = {
      ...ownFactBase(record.header.identityId, sourceEventId, nowMs),
      type: 'access-suspended',
      suspendedBy: OWN_SOURCE,
      suspendedAs: 'security',
      reason: `The signal ${name} of ${transmitter.id}`,
    };
    const actor = { type: 'tenure', id: 'take-signal' } as const;
    return [{ fact, payloadHash: sha256Hex(canonicalJson(fact)), actor }];
  });
  const about = header.identityId;
  if (response === 'suspended') {
    await tell(dependencies, transmitter, { event: name, about, what: 'It is kept out until security resumes it.' });
  } else if (response === 'withheld') {
    const what = 'It is not kept out: too many have lost access lately, or its history is as long as it may be.';
    await tell(dependencies, transmitter, { event: name, about, what });
  }
  return { about, response };
}

interface Telling {
  readonly event: string;
  readonly about?: string | undefined;
  readonly what: string;
}

/** Ids only. Of the same event about the same identity somebody is told once an hour. */
async function tell(
  { signals, alert, clock }: TakeDependencies,
  { id }: Transmitter,
  { event, about, what }: Telling,
): Promise<void> {
  const nowMs = clock();
  const telling = JSON.stringify([event, about, what]);
  if (await signals.wasTold(id, telling, nowMs)) return;
  const whom =
    about === undefined ? 'It is about nobody that Tenure can tell, or about the stream.' : `Identity: ${about}`;
  await alert({
    subject: `Tenure: a signal of ${id}`,
    message: [`${id} sent ${event}. ${what}`, whom, 'Runbook: docs/runbook/signal-received.md'].join('\n'),
  });
  await signals.saveTold(id, telling, nowMs + TOLD_MS);
}

function entryOf(
  { id }: Transmitter,
  { name = undefined, jti, issuedMs, payload }: SecurityEvent,
  { about, response, nowMs }: Outcome & { readonly nowMs: number },
): AuditEntry {
  // Of nobody knows whom, nothing is kept that may tell of somebody.
  const reason = about === undefined ? undefined : reasonIn(payload);
  return {
    identityId: about ?? auditKeyOf(DEPLOYMENT),
    entryId: `signal:${id}:${sha256Hex(jti)}`,
    at: toIso(nowMs),
    actor: { type: 'tenure', id: 'take-signal' },
    event: {
      type: 'signal-received',
      transmitter: id,
      event: name ?? 'other',
      jti,
      issuedAt: toIso(issuedMs),
      response,
      ...(reason !== undefined && { reason }),
    },
  };
}

/** CAEP 1.0 section 2: text, or text by language. */
function reasonIn({ reason_admin: reason }: SecurityEvent['payload']): string | undefined {
  const text = typeof reason === 'object' && reason !== null ? Object.values(reason)[0] : reason;
  return typeof text === 'string' && text !== '' ? text.slice(0, MAXIMUM_REASON) : undefined;
}
