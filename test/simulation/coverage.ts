// What really happened in a history: a world in which a thing never occurs says nothing about it, and nobody would notice.
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { SaveAccount } from '../../lambdas/stores/accounts/account-store.ts';
import { MINUTE_MS } from './history.ts';
import { CLOCK_CHANGES } from './months.ts';

/** Each kind of thing that occurs; a test asserts that each does within 1,000 histories. */
export const OCCURRENCES = [
  'contract ran out',
  'contract extended',
  'kind changed',
  'date in a night when clocks change',
  'source whose clock is ahead',
  'source that says late',
  'leave of absence',
  'rescind',
  'merge',
  'merge taken back',
  'merge made again',
  'handover',
  'access decided on for a time',
  'access for a time ran out',
  'access for a time ended early',
  'decided on a request',
  'taken back by who asked',
  'refused to who may not',
  'decided on too late',
  'decided by who was a delegate',
  'taken in an emergency',
  'emergency reviewed',
  'excepted from a rule',
  'agent held to its owner',
  'refused beyond an owner',
  'covered for somebody',
  'cover ended with its right',
  'decided by link',
  'link opened by a program',
  'link used again',
  'link altered',
  'link too late',
  'link after withdrawal',
  'said by the first of two',
  'confirmed by a second person',
  'review opened',
  'review answered',
  'asked about in a campaign',
  'decided in a campaign',
  'decided on many at once',
  'decided in a campaign too late',
  'removal undone',
  'deadline of a campaign moved',
  'campaign opened by its workflow',
  'reviewer left mid-campaign',
  'refused to a reviewer who left',
  'queue handed over',
  'decision sent twice',
  'stage closed while decisions arrived',
  'suspended in an emergency',
  'let in after an emergency',
  'answered for by its owner',
  'let in by its owner',
  'account deleted after retention',
  'residual window',
  'manual task not done in 30 days',
  'escalation',
  'account adopted',
  'reconciliation',
  'reconciliation decided',
  'earlier access taken away',
  'model changed',
  'execution of the version before',
  'group renamed',
  'renamed grant taken back',
  'renamed in the model',
  'credential set',
  'exposed credential replaced in time',
  'exposed credential revoked',
  'credential of a leaver revoked',
  'held back by a rule',
  'refused right',
  'bus refused',
  'scheduler refused',
  'function refused',
  'told by intake',
  'batch',
  'delivered again',
  'refused by intake',
  'held',
  'hold released',
  'hold dropped',
  'decision refused to whom it concerns',
  'decision asked for by who proposed it',
  'population file',
  'file refused',
  'file tried first',
  'file delivered again',
  'left out of a file',
] as const;
export type Occurrence = (typeof OCCURRENCES)[number];
export type Counts = Partial<Record<Occurrence, number>>;

/** Of nothing else is the time over before a person is told: the wait for people has run out. */
const GIVEN_UP_UNREAD = /^The removal of .* is not proven .*States\.Timeout/;

export class Coverage {
  readonly happened = new Set<Occurrence>();

  onRefused(name: string): void {
    if (name === 'bus' || name === 'scheduler') this.happened.add(`${name} refused`);
    else this.happened.add('function refused');
  }

  /** A function is called. */
  onInvoked(name: string, payload: unknown): void {
    if (name === 'settle' && JSON.stringify(payload).includes('held-back')) this.happened.add('held back by a rule');
  }

  /** A write of the identity store. */
  onStored(method: string, input: unknown): void {
    if (method === 'saveAccount' && (input as SaveAccount).account.unreviewed !== undefined) {
      this.happened.add('account adopted');
    }
    const { fact } = input as { readonly fact?: Fact };
    if (method === 'recordFact' && fact?.type === 'task-attested' && fact.confirmedBy !== undefined) {
      this.happened.add('confirmed by a second person');
    }
    type Told = { readonly audit?: readonly AuditEntry[] };
    const { together, also = [] } = input as { readonly together?: Told; readonly also?: readonly Told[] };
    for (const { event } of [input as Told, together, ...also].flatMap((told) => told?.audit ?? [])) {
      if (event.type === 'residual-window') this.happened.add('residual window');
      if (event.type === 'escalated') this.happened.add('escalation');
      if (event.type === 'fact-recorded' && event.factType === 'handed-over') this.happened.add('handover');
      if (event.type === 'fact-recorded' && /^tenure:ended\/.*\/covered\//.test(event.factId)) {
        this.happened.add('cover ended with its right');
      }
      if (event.type === 'fact-recorded' && event.factType === 'merged') {
        this.happened.add(this.happened.has('merge taken back') ? 'merge made again' : 'merge');
      }
      if (event.type === 'fact-recorded' && event.factId.startsWith('tenure:unmerged/')) {
        this.happened.add('merge taken back');
      }
      if (event.type === 'fact-recorded' && event.factType !== 'rescind' && event.holdId !== undefined) {
        this.happened.add('held');
      }
    }
  }

  /** What HR said by the end, and what people were told. */
  atEnd(accepted: readonly Fact[], escalations: readonly string[], nowMs: number): void {
    const zones = new Map(accepted.flatMap((fact) => zoneIn(fact)));
    for (const fact of accepted) this.#heard(fact, zones.get(fact.identityId), nowMs);
    if (escalations.some((message) => GIVEN_UP_UNREAD.test(message))) {
      this.happened.add('manual task not done in 30 days');
    }
  }

  #heard(fact: Fact, timeZone: string | undefined, nowMs: number): void {
    const { recordedMs, receivedMs, type } = fact;
    if (recordedMs > receivedMs + MINUTE_MS) this.happened.add('source whose clock is ahead');
    if (recordedMs < receivedMs - 24 * 60 * MINUTE_MS) this.happened.add('source that says late');
    if (type === 'suspension') this.happened.add('leave of absence');
    if (type === 'rescind') this.happened.add('rescind');
    const dates = CLOCK_CHANGES[timeZone ?? ''] ?? [];
    if ('effectiveAt' in fact && dates.includes(fact.effectiveAt ?? '')) {
      this.happened.add('date in a night when clocks change');
    }
    if (type !== 'joiner' && type !== 'mover') return;
    const { endsAt, kind } = fact.attributes;
    if (typeof endsAt === 'string' && Date.parse(endsAt) < nowMs) this.happened.add('contract ran out');
    if (type === 'mover' && typeof endsAt === 'string') this.happened.add('contract extended');
    if (type === 'mover' && kind !== undefined) this.happened.add('kind changed');
  }
}

function zoneIn(fact: Fact): [string, string][] {
  const timeZone = fact.type === 'joiner' ? fact.attributes.timeZone : undefined;
  return typeof timeZone === 'string' ? [[fact.identityId, timeZone]] : [];
}

export function addCounts(into: Counts, more: Counts): Counts {
  const sum: Counts = { ...into };
  for (const name of OCCURRENCES) if (more[name] !== undefined) sum[name] = (sum[name] ?? 0) + more[name];
  return sum;
}

export function countOnce(happened: Iterable<Occurrence>): Counts {
  return Object.fromEntries([...happened].map((name) => [name, 1]));
}

export function describeCounts(counts: Counts): string {
  return OCCURRENCES.map((name) => `${name} ${counts[name] ?? 0}`).join(' · ');
}
