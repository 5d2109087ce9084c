// What the audit log of one identity must hold, from DESIGN: an entry with its trigger, its actor and its reason for each
// thing that happened, and none for what did not.
import type { Step } from '../../lambdas/core/access/difference.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Actor, AuditEntry } from '../../lambdas/core/audit/audit.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { faults, type SystemTruth } from './certificates.ts';
import { everKnown } from './state.ts';

export interface AuditTruth {
  readonly identityId: string;
  /** Each with the version it brought, and when it was written (epoch ms). */
  readonly facts: readonly { readonly fact: Fact; readonly version: number; readonly atMs: number }[];
  readonly effects: readonly { readonly instantMs: number; readonly version: number }[];
  /** The ids of facts about those who ever owned it: what they may hold is all that an agent of theirs may. */
  readonly ofOwners: ReadonlySet<string>;
  /** The epochs that leavers raised. */
  readonly fences: readonly number[];
  readonly settled: readonly { readonly version: number; readonly epoch: number }[];
  readonly systems: readonly SystemTruth[];
  readonly tasks: readonly TaskRecord[];
  readonly certificates: readonly string[];
  /** As they are now: no entry can name a later one. */
  readonly version: number;
  readonly epoch: number;
  /** All that were deployed so far. */
  readonly models: readonly AccessModel[];
  readonly fromMs: number;
  readonly nowMs: number;
  readonly slackMs: number;
  /** How long a write may be under way (ms). */
  readonly writingMs: number;
  /** How long before an entry tells of an account it may have been read (ms). */
  readonly readingMs: number;
  readonly isCalm: boolean;
  readonly isHonest: boolean;
  /** Whose ids an operator's was merged into: they decide as that person, under the name they signed in by. */
  readonly mergedInto: (operatorId: string) => readonly string[];
}

type EventOf<Type extends AuditEntry['event']['type']> = Extract<AuditEntry['event'], { readonly type: Type }>;
type EntryOf<Type extends AuditEntry['event']['type']> = AuditEntry & { readonly event: EventOf<Type> };

const TRIGGER = /^(instant:|sweep:|settled:|reconciliation:|model:)/;
/** What somebody looks into, or proposes, sets itself off, and is put into the log of whom it concerns. */
const BY_ITSELF: ReadonlySet<string> = new Set([
  'account-adopted',
  'reconciliation-decided',
  // Judged by the facts that give it, one by one.
  'break-glass-used',
  // Judged by the tasks.
  'task-stated',
]);

/** @returns what is wrong; empty when the log tells all that happened, and only that */
export function faultsOfAudit(entries: readonly AuditEntry[], truth: AuditTruth): readonly string[] {
  return [
    ...entries.flatMap((entry) => faultsOfEntry(entry, truth).map((fault) => `${entry.entryId}: ${fault}`)),
    ...faultsAboutFacts(entries, truth),
    ...faultsAboutEmergencies(entries, truth),
    ...faultsAboutWork(entries, truth),
    ...truth.systems.flatMap((system) => faultsAboutSystem(entries, system, truth)),
    ...faultsAboutTasks(entries, truth),
    ...faultsAboutCertificates(entries, truth),
  ];
}

function faultsOfEntry(entry: AuditEntry, truth: AuditTruth): readonly string[] {
  if (BY_ITSELF.has(entry.event.type)) return [];
  if (entry.event.type === 'merge-proposed' || entry.event.type === 'undo-merge-proposed') {
    return faultsOfProposal(entry, entry.event, truth);
  }
  const { identityId, at, actor, trigger, version, epoch, modelHash, event } = entry;
  const atMs = Date.parse(at);
  const known = new Set(everKnown(truth.facts.map(({ fact }) => fact)).map(({ factId }) => factId));
  const isByOwner = event.type === 'took-effect' && trigger !== undefined && truth.ofOwners.has(trigger);
  const isTriggered = trigger !== undefined && (TRIGGER.test(trigger) || known.has(trigger) || isByOwner);
  // Of an attested task the fact names it; whoever attested has no connector, and rests on no model. What an exception lets
  // somebody hold is no change of any system.
  const isOfSystem = event.type !== 'fact-recorded' && event.type !== 'duty-exception-granted';
  const application = isOfSystem && 'applicationId' in event ? event.applicationId : undefined;
  // Of an application that no model has any more, people take care.
  const connectors = truth.models.flatMap(({ applications }) =>
    applications.flatMap(({ id, connector }) => (id === application ? [connector] : [])),
  );
  return faults([
    [identityId !== truth.identityId, `it is about ${identityId}`],
    [atMs < truth.fromMs - truth.slackMs || atMs > truth.nowMs + truth.slackMs, `it happened at ${at}`],
    [event.type !== 'fact-recorded' && !isTriggered, `nothing known set it off: ${trigger}`],
    [event.type !== 'fact-recorded' && actor.type !== 'tenure', `it was done by ${actor.type} ${actor.id}`],
    [actor.id === '', 'it was done by nobody'],
    [version === undefined || version > truth.version, `its version is ${version}`],
    [(epoch ?? 0) > truth.epoch, `its epoch is ${epoch}`],
    [
      modelHash !== undefined && !truth.models.some(({ hash }) => hash === modelHash),
      `it rests on the model ${modelHash}`,
    ],
    [application !== undefined && connectors.length === 0, `there is no application ${application}`],
    [
      connectors.length > 0 && !connectors.some((connector) => actor.id === `connector:${connector}`),
      `${actor.id} has no say in ${application}`,
    ],
    [application !== undefined && (modelHash === undefined || epoch === undefined), 'it names no model or no epoch'],
    ...('steps' in event ? event.steps : 'step' in event ? [event.step] : []).map(
      (step) => [!isReasoned(step, application, truth), `no reason for ${JSON.stringify(step)}`] as const,
    ),
  ]);
}

function faultsOfProposal(
  { identityId, at, actor }: AuditEntry,
  { survivor, duplicate, holdId }: EventOf<'merge-proposed' | 'undo-merge-proposed'>,
  { fromMs, nowMs, slackMs }: AuditTruth,
): readonly string[] {
  const atMs = Date.parse(at);
  return faults([
    [identityId !== survivor && identityId !== duplicate, `it is about ${survivor} and ${duplicate}`],
    [survivor === duplicate, 'it is about one identity alone'],
    [atMs < fromMs - slackMs || atMs > nowMs + slackMs, `it happened at ${at}`],
    [actor.type !== 'operator' || actor.id === '', `it was proposed by ${actor.type} ${actor.id}`],
    [holdId === '', 'nobody can decide on it'],
  ]);
}

/** What is given has a profile that gives it, in a model that was deployed, and a fact that it rests on. */
function isReasoned(step: Step, applicationId: string | undefined, { models, facts }: AuditTruth): boolean {
  if (step.action !== 'grant') return true;
  const known = everKnown(facts.map(({ fact }) => fact));
  // What a leave took, or a suspension in an emergency, is given back without a reason.
  if (step.entitlement === undefined) {
    return known.some(({ type }) => type === 'suspension' || type === 'access-suspended');
  }
  // While a model waits that calls another grant so, what the one before gave has its name with that in it.
  const reference = `${applicationId}:${step.entitlement.replace(/~before$/, '')}`;
  const isHandedOver = ({ applications, profiles }: AccessModel, profile: string) =>
    profiles.some(({ id, entitlements }) => id === profile && entitlements.includes(reference)) &&
    applications.some(
      ({ id, entitlements }) =>
        id === applicationId && entitlements.some((one) => one.id === step.entitlement && one.handover !== undefined),
    );
  const isReason = (reason: (typeof step.reasons)[number]) => {
    const fact = known.find(({ factId }) => factId === reason.fact);
    if (reason.type === 'handover')
      return fact !== undefined && models.some((model) => isHandedOver(model, reason.profile));
    if (reason.type !== 'birthright') {
      return fact?.type === 'access-granted' && fact.entitlement === reference && fact.requestId === reason.request;
    }
    const gives = ({ profiles }: AccessModel) =>
      profiles.some(({ id, entitlements }) => id === reason.profile && entitlements.includes(reference));
    return fact !== undefined && models.some(gives);
  };
  return step.reasons.length > 0 && step.reasons.every(isReason);
}

/** Whatever was taken in an emergency is told so, as it was given, and nothing else is. */
function faultsAboutEmergencies(entries: readonly AuditEntry[], { facts }: AuditTruth): readonly string[] {
  const taken = facts.flatMap(({ fact, version }) => {
    if (fact.type !== 'access-granted' || fact.basis !== 'break-glass') return [];
    return [`${version} ${fact.factId} ${fact.entitlement} until ${new Date(fact.endsMs ?? 0).toISOString()}`];
  });
  const told = entries
    .filter(isOf('break-glass-used'))
    .map(({ version, trigger, event: { applicationId, entitlement, until } }) => {
      return `${version} ${trigger} ${applicationId}:${entitlement} until ${until}`;
    });
  const same = taken.toSorted().join('; ') === told.toSorted().join('; ');
  return same ? [] : [`break-glass-used: [${taken.join('; ')}] was taken, [${told.join('; ')}] is told`];
}

function faultsAboutFacts(
  entries: readonly AuditEntry[],
  { facts, slackMs, writingMs, mergedInto }: AuditTruth,
): readonly string[] {
  const told = entries.filter(isOf('fact-recorded'));
  const isFar = (aheadMs: number) => aheadMs > slackMs || aheadMs < -slackMs - writingMs;
  const invented = told.filter(({ event }) => !facts.some(({ fact }) => fact.factId === event.factId));
  return [
    ...invented.map(({ event }) => `no fact ${event.factId} was recorded`),
    ...facts.flatMap(({ fact, version, atMs }) => {
      const [entry, ...more] = told.filter(({ event }) => event.factId === fact.factId);
      if (entry === undefined || more.length > 0)
        return [`${fact.factId} has ${more.length + (entry ? 1 : 0)} entries`];
      const isOfAccess =
        fact.type === 'access-granted' || fact.type === 'access-requested' || fact.type === 'access-review-decided';
      const answer = fact.type === 'access-review-decided' || fact.type === 'request-decided' ? fact.answer : undefined;
      const [given, entitlement] = isOfAccess ? fact.entitlement.split(':') : [];
      const request = 'requestId' in fact ? fact.requestId : undefined;
      const isOfSystem = fact.type === 'task-attested' || fact.type === 'access-seen';
      const application = isOfSystem ? fact.applicationId : given;
      const names = 'attributes' in fact ? Object.keys(fact.attributes).sort().join() : undefined;
      return faults([
        [entry.event.factType !== fact.type, `it is called a ${entry.event.factType}`],
        [entry.version !== version, `it brought version ${version}, not ${entry.version}`],
        [entry.trigger !== fact.cause, `it follows from ${fact.cause}, not from ${entry.trigger}`],
        [!isBy(entry.actor, fact, mergedInto), `it was not said by ${entry.actor.type} ${entry.actor.id}`],
        [entry.event.attributes?.join() !== names, `it says ${names}, not ${entry.event.attributes}`],
        [entry.event.holdId !== ('hold' in fact ? fact.hold : fact.held), `its hold is not ${entry.event.holdId}`],
        [entry.event.applicationId !== application, `it is of ${entry.event.applicationId}, not of ${application}`],
        [entry.event.entitlement !== entitlement, `it gives ${entry.event.entitlement}, not ${entitlement}`],
        [entry.event.request !== request, `it was asked for with ${entry.event.request}, not ${request}`],
        [isFar(Date.parse(entry.at) - atMs), `it was not recorded at ${entry.at}`],
        [entry.event.answer !== answer, `it answers ${entry.event.answer}, not ${answer}`],
        [entry.event.payloadHash === '', 'nothing proves what was received'],
      ]).map((fault) => `${fact.factId}: ${fault}`);
    }),
  ];
}

/** HR's word is HR's; a decision, and an attestation, is that of the person; what follows from it is Tenure's own. */
function isBy(actor: Actor, fact: Fact, mergedInto: AuditTruth['mergedInto']): boolean {
  const isOperator = (ids: readonly string[]) =>
    actor.type === 'operator' && [actor.id, ...mergedInto(actor.id)].some((id) => ids.includes(id));
  switch (fact.type) {
    case 'access-granted':
      return isOperator([...fact.approvedBy, ...(fact.basis === 'break-glass' ? [fact.requestedBy] : [])]);
    case 'access-requested':
      return isOperator([fact.requestedBy]);
    case 'request-decided':
    case 'access-review-decided':
      return isOperator([fact.answeredBy]);
    case 'access-review-moved':
      return isOperator([fact.movedBy]);
    case 'reviews-reassigned':
      return isOperator([fact.reassignedBy]);
    case 'exception-granted':
      return isOperator([fact.approvedBy]);
    case 'exception-ended':
      return isOperator([fact.endedBy]);
    case 'decisions-delegated':
      return isOperator([fact.identityId]);
    case 'emergency-reviewed':
      return fact.verdict === 'overdue' ? actor.type === 'tenure' : isOperator([fact.reviewedBy ?? '']);
    default:
      break;
  }
  if (fact.type === 'access-suspended') return actor.type === 'operator' && actor.id === fact.suspendedBy;
  if (fact.type === 'access-resumed') return actor.type === 'operator' && actor.id === fact.resumedBy;
  if (fact.type === 'ownership-accepted') return isOperator([fact.acceptedBy]);
  // That whom somebody covers has lost it Tenure finds itself.
  if (fact.type === 'access-ended' && fact.sourceEventId.includes('/covered/')) return actor.type === 'tenure';
  if (fact.type === 'access-ended') return actor.type === 'operator' && actor.id === fact.endedBy;
  if (fact.type === 'access-seen') return actor.type === 'operator' && actor.id === fact.uploadedBy;
  const attester = fact.type === 'task-attested' ? (fact.confirmedBy ?? fact.attestedBy) : undefined;
  const person = 'decidedBy' in fact ? fact.decidedBy : attester;
  if (person !== undefined) return actor.type === 'operator' && actor.id === person;
  if (fact.source === 'tenure') return actor.type === 'tenure';
  return actor.type === 'hr-source' && actor.id === fact.source;
}

/** Instants that came, work that was fenced off, passes that settled. */
function faultsAboutWork(entries: readonly AuditEntry[], { effects, fences, settled }: AuditTruth): readonly string[] {
  const pairs: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'took-effect',
      effects.map(({ instantMs, version }) => `${new Date(instantMs).toISOString()} ${version}`),
      entries.filter(isOf('took-effect')).map(({ event, version }) => `${event.instant} ${version}`),
    ],
    [
      'work-fenced-off',
      fences.map(String),
      entries.filter(isOf('work-fenced-off')).map(({ event }) => String(event.epoch)),
    ],
    [
      'converged',
      settled.map(({ version, epoch }) => `${version} ${epoch}`),
      entries.filter(isOf('converged')).map(({ version, epoch }) => `${version} ${epoch}`),
    ],
  ];
  return pairs.flatMap(([what, happened, told]) => {
    const same = happened.toSorted().join('; ') === told.toSorted().join('; ');
    return same ? [] : [`${what}: [${happened.join('; ')}] happened, [${told.join('; ')}] is told`];
  });
}

function faultsAboutSystem(
  entries: readonly AuditEntry[],
  system: SystemTruth,
  { slackMs, readingMs, isCalm, isHonest }: AuditTruth,
): readonly string[] {
  const { applicationId, shown, done } = system;
  const about = entries.filter(({ event }) => 'applicationId' in event && event.applicationId === applicationId);
  const changed = about.filter(isOf('access-changed'));
  const told = changed.map(({ event }) => describe(event.step)).sort();
  const happened = done.map(({ action, what }) => `${action} ${what}`).sort();
  const shownBetween = (fromMs: number, untilMs: number) => [
    shown.findLast(({ atMs }) => atMs <= fromMs)?.account,
    ...shown.filter(({ atMs }) => atMs > fromMs && atMs <= untilMs).map(({ account }) => account),
  ];
  const isDone = ({ at, event: { step } }: EntryOf<'access-changed'>) => {
    const atMs = Date.parse(at) + slackMs;
    if (done.some((one) => one.atMs <= atMs && `${one.action} ${one.what}` === describe(step))) return true;
    // What is not there any more is taken for taken, and what is there already for created.
    const accounts = shownBetween(atMs - readingMs - slackMs, atMs);
    return accounts.some((account) => (account !== undefined) === (step.action === 'create-account'));
  };
  const isSeen = ({ at, event: { observed, error } }: EntryOf<'access-read-back'>) => {
    const atMs = Date.parse(at);
    const accounts = shownBetween(atMs - readingMs - slackMs, atMs + slackMs);
    return error !== undefined || accounts.some((account) => describeShown(account) === describeShown(observed));
  };
  const invented = isHonest ? changed.filter((entry) => !isDone(entry)) : [];
  const unseen = about.filter(isOf('access-read-back')).filter((entry) => !isSeen(entry));
  return faults([
    [isCalm && told.join() !== happened.join(), `[${happened}] was done, [${told}] is told`],
    [invented.length > 0, `told and not done: ${JSON.stringify(invented.map(({ event }) => event.step))}`],
    [unseen.length > 0, `told and not seen: ${JSON.stringify(unseen.map(({ at, event }) => [at, event.observed]))}`],
  ]).map((fault) => `${applicationId}: ${fault}`);
}

interface Seen {
  readonly enabled: boolean;
  readonly grants: readonly string[];
  readonly openSessions?: number | undefined;
}

function describeShown(account: Seen | undefined): string {
  if (account === undefined) return 'none';
  return `${account.enabled} ${account.openSessions} ${account.grants.toSorted().join()}`;
}

function faultsAboutTasks(entries: readonly AuditEntry[], { tasks }: AuditTruth): readonly string[] {
  const opened = entries.filter(isOf('task-opened'));
  const ended = entries.filter(isOf('task-superseded'));
  const isTask = (id: string) => tasks.some(({ taskId }) => taskId === id);
  const untold = tasks.filter(
    ({ taskId, steps }) =>
      !opened.some(({ event }) => event.taskId === taskId && JSON.stringify(event.steps) === JSON.stringify(steps)),
  );
  const told = ended.map(({ event }) => event.taskId);
  const superseded = tasks.filter(({ status }) => status === 'superseded').map(({ taskId }) => taskId);
  const stated = entries.filter(isOf('task-stated'));
  const unstated = tasks.filter(
    ({ taskId, attestedBy, confirmedBy }) =>
      confirmedBy !== undefined &&
      !stated.some(({ event, actor }) => event.taskId === taskId && actor.id === attestedBy),
  );
  // One that was superseded may be opened again.
  const isTwice = (id: string) => opened.filter(({ event }) => event.taskId === id).length > 1;
  return faults([
    [untold.length > 0, `nobody tells that ${untold.map(({ taskId }) => taskId)} was opened`],
    [unstated.length > 0, `nobody tells who said first that ${unstated.map(({ taskId }) => taskId)} is done`],
    [!opened.every(({ event }) => isTask(event.taskId)), 'it tells of a task that there is not'],
    [superseded.some((id) => !told.includes(id)), `not told to be superseded: ${superseded}`],
    [told.some((id) => !superseded.includes(id) && !isTwice(id)), `told to be superseded, and never were: ${told}`],
  ]);
}

function faultsAboutCertificates(entries: readonly AuditEntry[], { certificates }: AuditTruth): readonly string[] {
  const told = entries.filter(isOf('removal-proven')).map(({ event }) => event.certificateId);
  return faults([
    [certificates.some((id) => !told.includes(id)), `nobody tells of a certificate among ${certificates}`],
    [told.some((id) => !certificates.includes(id)), `it tells of certificates ${told}, and there are ${certificates}`],
  ]);
}

function describe(step: Step): string {
  return `${step.action} ${'grant' in step ? step.grant : ''}`;
}

function isOf<Type extends AuditEntry['event']['type']>(type: Type) {
  return (entry: AuditEntry): entry is EntryOf<Type> => entry.event.type === type;
}
