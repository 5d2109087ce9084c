// What somebody has to look at: findings of one detection about one identity are one alert, however often it is found. It is
// told when it is raised, and again only when it comes back after it was closed, or after nobody wanted to hear of it.
import { sha256Hex } from '../canonical-json.ts';
import type { Chat } from '../requests/notice-settings.ts';
import { type Response, SEVERITY_NAMES, type Severity } from './detection.ts';
import type { Finding } from './finding.ts';

/** What an alert's records came to, by whoever closed it. */
export const ALERT_OUTCOMES = ['misuse', 'expected', 'mistaken'] as const;
export type AlertOutcome = (typeof ALERT_OUTCOMES)[number];
export const ALERT_STATUSES = ['open', 'acknowledged', 'closed', 'muted'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];
export const TAKEN_KINDS = ['told', 'asked', 'not-asked', 'suspended', 'locked-down', 'not-suspended'] as const;
/** What was done about an alert, and when (epoch ms). */
export interface TakenResponse {
  readonly kind: (typeof TAKEN_KINDS)[number];
  readonly atMs: number;
  /** Of `asked`: whom. Of `suspended`: the fact. Of `not-asked` and `not-suspended`: why. */
  readonly detail?: string | undefined;
}

export interface Alert {
  readonly alertId: string;
  /** An identity's id, or `unknownSubject` of a source. */
  readonly subjectId: string;
  readonly detection: string;
  readonly title: string;
  readonly severity: Severity;
  readonly status: AlertStatus;
  readonly response: Response;
  readonly runbook: string;
  /** How often it was raised: once, and once more each time it came back. */
  readonly raised: number;
  /** The last raising that was answered as its response says. */
  readonly answered: number;
  /** By Tenure's clock, epoch ms: when it was raised last, and when it was found last. */
  readonly raisedMs: number;
  readonly foundMs: number;
  /** By the sources' clocks: of the first and the last record. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  /** The last of them, by when they were found. */
  readonly records: readonly Finding['record'][];
  /** Short hashes of the records that were counted, the last of them: each counts once. */
  readonly seen: readonly string[];
  /** Why, with facts and reasons, as of the record on which it was raised last. */
  readonly because: string;
  readonly evidence: Finding['evidence'];
  readonly applicationId?: string | undefined;
  readonly taken: readonly TakenResponse[];
  readonly mute?: string | undefined;
  readonly acknowledgedBy?: string | undefined;
  readonly assignee?: string | undefined;
  readonly closed?:
    | {
        readonly by: string;
        readonly atMs: number;
        readonly outcome: AlertOutcome;
        readonly reason: string;
        /** By whoever was asked whether it was meant. */
        readonly asked?: true | undefined;
      }
    | undefined;
  /** By chat, the last raising that was posted there. */
  readonly posted?: Readonly<Partial<Record<Chat, number>>> | undefined;
  /** Of whom it was asked whether it was meant, the last of them. */
  readonly questions?: readonly Question[] | undefined;
  /** Raised with each writing. */
  readonly revision: number;
}

/** Somebody was asked whether it was meant (question.ts). */
export interface Question {
  readonly linkId: string;
  /** Of what stands in the link: core/requests/decision-token.ts. */
  readonly secretHash: string;
  /** Who was asked. */
  readonly person: string;
  /** Of which raising of the alert. */
  readonly raised: number;
  /** Epoch ms. */
  readonly askedMs: number;
  readonly expiresMs: number;
  /** Absent: they have not answered. */
  readonly answer?: { readonly meant: boolean; readonly by: string; readonly atMs: number } | undefined;
}

/** Nobody wants to hear of it: for a reason, by somebody whom it does not cover, nor what they own, and until then. */
export interface Mute {
  readonly muteId: string;
  readonly detection: string;
  /** Absent: whomever it is about. */
  readonly subjectId?: string | undefined;
  readonly by: string;
  readonly reason: string;
  /** Epoch ms. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Enough to find the others by. */
export const MAXIMUM_ALERT_RECORDS = 20;
/** More than a message of records has: it is judged again as a whole. */
const MAXIMUM_SEEN = 250;
const MAXIMUM_TAKEN = 20;

/** No identity's id begins like it. */
export function unknownSubject(source: string): string {
  return `~${source}`;
}

export function isUnknownSubject(subjectId: string): boolean {
  return subjectId.startsWith('~');
}

export function alertIdOf(subjectId: string, { key }: Pick<Finding, 'key'>): string {
  return `${subjectId}~${sha256Hex(key).slice(0, 16)}`;
}

/** Undefined: it is no id of an alert. */
export function subjectOfAlert(alertId: string): string | undefined {
  const [, subjectId] = /^(~?[A-Za-z0-9][A-Za-z0-9._@+=-]{0,63})~[0-9a-f]{16}$/.exec(alertId) ?? [];
  return subjectId;
}

/** Those that say so, whoever set them: nobody's covers themselves. */
export function mutesOn(
  mutes: readonly Mute[],
  { subjectId, detection, nowMs }: { readonly subjectId: string; readonly detection: string; readonly nowMs: number },
): readonly Mute[] {
  return mutes.filter(
    (mute) =>
      mute.detection === detection &&
      (mute.subjectId === undefined || mute.subjectId === subjectId) &&
      mute.sinceMs <= nowMs &&
      nowMs < mute.untilMs,
  );
}

/** The alert with what was found. A record that it has counts once. @param response by policy */
export function withFinding(
  before: Alert | undefined,
  subjectId: string,
  finding: Finding,
  { response, mute, nowMs }: { readonly response: Response; readonly mute: Mute | undefined; readonly nowMs: number },
): Alert {
  const { record, severity } = finding;
  const hash = sha256Hex(`${record.source}/${record.recordId}`).slice(0, 12);
  if (before?.seen.includes(hash)) return before;
  const isWorse = before === undefined || rankOf(severity) > rankOf(before.severity);
  // Of what somebody has said today that it was meant, nobody is asked once more.
  const isMeant = before?.status === 'closed' && before.closed?.asked === true && !isWorse;
  const isBack = before === undefined || before.status === 'muted' || (before.status === 'closed' && !isMeant);
  const isTold = mute === undefined && (isBack || isWorse);
  const counted = {
    foundMs: nowMs,
    firstMs: Math.min(before?.firstMs ?? record.timeMs, record.timeMs),
    lastMs: Math.max(before?.lastMs ?? record.timeMs, record.timeMs),
    count: (before?.count ?? 0) + 1,
    records: [...(before?.records ?? []), record].slice(-MAXIMUM_ALERT_RECORDS),
    seen: [...(before?.seen ?? []), hash].slice(-MAXIMUM_SEEN),
  };
  if (before !== undefined && !isBack && !isTold) return { ...before, ...counted };
  const { detection, title, runbook, because, evidence, applicationId } = finding;
  return {
    alertId: alertIdOf(subjectId, finding),
    subjectId,
    detection,
    title,
    runbook,
    because,
    evidence,
    ...(applicationId !== undefined && { applicationId }),
    severity: before === undefined || isBack || isWorse ? severity : before.severity,
    response,
    status: !isBack ? before.status : mute === undefined ? 'open' : 'muted',
    ...(isBack && mute !== undefined && { mute: mute.muteId }),
    raised: (before?.raised ?? 0) + (isTold ? 1 : 0),
    answered: before?.answered ?? 0,
    raisedMs: nowMs,
    taken: before?.taken ?? [],
    ...(!isBack && before.acknowledgedBy !== undefined && { acknowledgedBy: before.acknowledgedBy }),
    ...(before?.assignee !== undefined && { assignee: before.assignee }),
    ...(before?.questions !== undefined && { questions: before.questions }),
    ...(before?.posted !== undefined && { posted: before.posted }),
    ...counted,
    revision: before?.revision ?? 0,
  };
}

function rankOf(severity: Severity): number {
  return SEVERITY_NAMES.indexOf(severity);
}

/** Whether what its response says is still to be done. */
export function isUnanswered({ raised, answered }: Alert): boolean {
  return answered < raised;
}

/** @param raised how often it was by what was answered */
export function answeredWith(alert: Alert, raised: number, taken: readonly TakenResponse[]): Alert {
  return { ...alert, answered: raised, taken: [...alert.taken, ...taken].slice(-MAXIMUM_TAKEN) };
}

export type AlertDecision =
  | { readonly decision: 'acknowledge' }
  | { readonly decision: 'assign'; readonly assignee: string }
  | { readonly decision: 'close'; readonly outcome: AlertOutcome; readonly reason: string }
  | { readonly decision: 'mute'; readonly mute: Mute };

/** Undefined: it is so already. */
export function decided(alert: Alert, decision: AlertDecision, by: string, nowMs: number): Alert | undefined {
  switch (decision.decision) {
    case 'acknowledge':
      return alert.status === 'open' ? { ...alert, status: 'acknowledged', acknowledgedBy: by } : undefined;
    case 'assign':
      return alert.assignee === decision.assignee ? undefined : { ...alert, assignee: decision.assignee };
    case 'close': {
      if (alert.status === 'closed') return undefined;
      const { outcome, reason } = decision;
      return { ...alert, status: 'closed', mute: undefined, closed: { by, atMs: nowMs, outcome, reason } };
    }
    case 'mute':
      return { ...alert, status: 'muted', mute: decision.mute.muteId };
    default:
      return decision satisfies never;
  }
}
