// Whether something was meant, asked of whoever answers for whom an alert is about: by a link that is one person's own, of one
// raising of the alert, and works once. What they say closes the alert, or raises it once more.
import type { Alert, Question } from './alert.ts';
import { type Response, SEVERITY_NAMES, type Severity } from './detection.ts';

export interface Answered {
  readonly linkId: string;
  readonly meant: boolean;
  /** A person. */
  readonly by: string;
  readonly reason: string | undefined;
  readonly nowMs: number;
  /** What follows where it was not meant, by policy. */
  readonly whenDenied: Extract<Response, 'alert' | 'suspend'>;
}

/** So long an answer is waited for. */
export const QUESTION_MS = 72 * 3_600_000;
const MAXIMUM_QUESTIONS = 5;
const SAID_MEANT = 'Asked whether it was meant: yes.';
/** What nobody meant is no light matter. */
const DENIED_SEVERITY: Severity = 'high';

export function withQuestion(alert: Alert, question: Question): Alert {
  return { ...alert, questions: [...(alert.questions ?? []), question].slice(-MAXIMUM_QUESTIONS) };
}

export type QuestionProblem = 'used' | 'over' | 'expired';

/** Why it can be answered no more; undefined: it can. */
export function whyNotAnswered(alert: Alert, question: Question, nowMs: number): QuestionProblem | undefined {
  if (question.answer !== undefined) return 'used';
  if (alert.status === 'closed' || question.raised !== alert.raised) return 'over';
  return nowMs >= question.expiresMs ? 'expired' : undefined;
}

/** The alert once somebody has said so. */
export function answeredQuestion(alert: Alert, { linkId, meant, by, reason, nowMs, whenDenied }: Answered): Alert {
  const questions = (alert.questions ?? []).map((one) =>
    one.linkId === linkId ? { ...one, answer: { meant, by, atMs: nowMs } } : one,
  );
  if (meant) {
    const closed = { by, atMs: nowMs, outcome: 'expected', reason: reason ?? SAID_MEANT, asked: true } as const;
    return { ...alert, questions, status: 'closed', mute: undefined, closed };
  }
  const isLight = SEVERITY_NAMES.indexOf(alert.severity) < SEVERITY_NAMES.indexOf(DENIED_SEVERITY);
  return {
    ...alert,
    questions,
    severity: isLight ? DENIED_SEVERITY : alert.severity,
    status: 'open',
    mute: undefined,
    acknowledgedBy: undefined,
    response: whenDenied,
    raised: alert.raised + 1,
    raisedMs: nowMs,
  };
}

/** Who said of it last that it was not meant; undefined: nobody, or somebody has said since that it was. */
export function deniedBy({ questions = [] }: Pick<Alert, 'questions'>): string | undefined {
  const last = questions.findLast(({ answer }) => answer !== undefined)?.answer;
  return last?.meant === false ? last.by : undefined;
}
