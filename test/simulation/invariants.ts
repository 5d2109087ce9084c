// What must hold after every step, whatever goes wrong. Each watcher is told what happened and throws at the first
// violation; the bounds are worked out from what fate.ts may do. Who is employed and what they should have is asked of
// the reference model, never of the code under test; of a survivor of a merge alone, which the model does not know.

import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import type { IdentityHeader } from '../../lambdas/core/access/identity-record.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { type Fact, type HandedOverFact, OWN_SOURCE } from '../../lambdas/core/identity/facts.ts';
import { undoneHandovers } from '../../lambdas/core/identity/ownership.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import type { Certificate } from '../../lambdas/core/removal/certificate.ts';
import type { SaveAccount } from '../../lambdas/stores/accounts/account-store.ts';
import type { RecordFact } from '../../lambdas/stores/facts/fact-store.ts';
import { type ReferenceAccount, referenceAccess } from '../reference/access.ts';
import { hasAbsorbed, isRescinded, type ReferenceState, referenceOf } from '../reference/state.ts';
import { LATENCY_MS, SKEW_MS } from './fate.ts';
import type { SystemAccount, SystemChange } from './memory-system.ts';
import { LEGACY } from './setting.ts';
import type { Right, World } from './world.ts';

/**
 * A function asks whether it may act, and acts on the answer: that long it may be wrong, with clocks as far apart as
 * they get. What is sent within it may still arrive later; the proof of removal waits for that.
 */
export const ANSWER_MS = 2 * LATENCY_MS + 2 * SKEW_MS;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** By then whatever went wrong has been made good. */
const REPAIRED_MS = 3 * 60 * MINUTE_MS;

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;
  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

const PEOPLE: readonly string[] = ['employee', 'contractor', 'partner'];
const TAKES_ACCESS: ReadonlySet<string> = new Set(['revoke', 'disable-account', 'delete-account']);
const GIVES_ACCESS: ReadonlySet<string> = new Set(['createAccount', 'grant', 'enableAccount']);

type StateAt = (instantMs: number) => ReferenceState;

export class Invariants {
  violation: Violation | undefined;
  /** Where Tenure may not do all it should: what it cannot bring about there it has to tell. */
  refusing: string | undefined;
  /** The applications in which somebody may have decided that nothing from before Tenure stays without a reason. */
  readonly lookedAt = new Set<string>();
  /** Those in which it is known that they did. */
  readonly repaired = new Set<string>();
  readonly #model: () => AccessModel;
  readonly #now: () => number;
  /** Per identity, each version of its facts with the time from which it was stored. */
  readonly #told = new Map<
    string,
    { readonly fromMs: number; readonly facts: readonly Fact[]; readonly stateAt: StateAt }[]
  >();
  readonly #epochs = new Map<string, { readonly fromMs: number; readonly epoch: number }[]>();
  readonly #intended = new Set<string>();
  /** In which application an account of whom was ever seen. */
  readonly #contacted = new Set<string>();
  /** What became of each identity's accounts, as the systems saw it. */
  readonly #changed = new Map<string, { readonly atMs: number; readonly action: string; readonly what: string }[]>();
  /** Calls that announced a change and have not reported how it went. */
  readonly #open = new Set<string>();

  constructor(model: () => AccessModel, now: () => number) {
    this.#model = model;
    this.#now = now;
  }

  onStored(method: string, input: unknown, outcome: unknown): void {
    if (method === 'recordFact' && outcome === 'recorded') {
      const { fact, together } = input as RecordFact;
      this.#tell(fact);
      if (together !== undefined) this.#tell(together.fact);
    }
    if (method === 'acquireLease' && outcome !== undefined) this.#raiseEpoch(outcome as IdentityHeader);
    if (method === 'fenceOff' && outcome === 'fenced') {
      const { identityId, epoch } = input as { identityId: string; epoch: number };
      this.#raiseEpoch({ identityId, epoch: epoch + 1 });
    }
    // Refused: nothing was written.
    if (outcome === false) return;
    if (method === 'saveAccount') {
      const { identityId, account } = input as SaveAccount;
      if (account.account !== undefined) this.#contacted.add(`${identityId} ${account.applicationId}`);
    }
    for (const { identityId, event } of (input as { audit?: readonly AuditEntry[] }).audit ?? []) {
      if (event.type === 'access-intended') {
        this.#open.add(event.callId);
        for (const step of event.steps) {
          this.#intended.add(
            `${identityId} ${event.applicationId} ${step.action} ${'grant' in step ? step.grant : ''}`,
          );
        }
      }
      if (event.type === 'access-read-back') this.#open.delete(event.callId);
    }
  }

  /** A system was changed. */
  onChange(applicationId: string, { method, identityId, grant, isEarlier }: SystemChange): void {
    const action = ACTIONS[method];
    const name = `${identityId} ${applicationId}`;
    const change = { atMs: this.#now(), action: action ?? method, what: grant ?? '' };
    this.#changed.set(name, [...(this.#changed.get(name) ?? []), change]);
    if (method === 'revoke' && isEarlier) this.#mayBeTaken(applicationId, identityId, grant ?? '');
    if (method === 'deleteAccount') this.#wasKeptLongEnough(applicationId, identityId);
    if (action === undefined || this.#intended.has(`${identityId} ${applicationId} ${action} ${grant ?? ''}`)) return;
    this.#fail(
      'every access change has its audit entry',
      `${action} ${grant ?? ''} for ${identityId} in ${applicationId} was not announced`,
    );
  }

  /** A call is sent to a system. */
  onCall(applicationId: string, method: string, { identityId, epoch }: Right): void {
    if (ACTIONS[method] === undefined) return;
    const nowMs = this.#now();
    const newer = this.#epochs.get(identityId)?.find((known) => known.epoch > epoch);
    if (newer !== undefined && nowMs - newer.fromMs > ANSWER_MS) {
      const detail = `${applicationId}.${method} for ${identityId} under epoch ${epoch} while ${newer.epoch} is current`;
      this.#fail('two holders of one lease never both write', detail);
    }
    // A clock that runs ahead may see a rehire a little early.
    const heardMs = (this.#told.get(identityId) ?? []).map(({ fromMs }) => fromMs);
    const departedThroughout = [
      nowMs - ANSWER_MS,
      ...heardMs.filter((fromMs) => fromMs > nowMs - ANSWER_MS),
      nowMs,
      nowMs + SKEW_MS,
    ].every((instantMs) => this.#stateAt(identityId, instantMs) === 'departed');
    if (GIVES_ACCESS.has(method) && departedThroughout) {
      this.#fail('no grant is made after a leaver is in effect', `${applicationId}.${method} for ${identityId}`);
    }
  }

  /** When the world has come to rest: every system agrees with the facts, as if they had come one by one. */
  async atRest(world: World, accepted: ReadonlyMap<string, Fact>): Promise<void> {
    for (const identityId of new Set([...accepted.values()].map((fact) => fact.identityId))) {
      const facts = [...accepted.values()].filter((fact) => fact.identityId === identityId);
      const record = await world.stores.directory.load(identityId);
      const known = record?.facts ?? [];
      const mergedInto = known.find((fact) => fact.type === 'merged')?.into ?? identityId;
      const survivor = await world.stores.directory.load(mergedInto);
      const stored = new Set([...known, ...(survivor?.facts ?? [])].flatMap(withAbsorbed).map(({ factId }) => factId));
      for (const { factId } of facts) {
        if (!stored.has(factId)) this.#fail('every accepted event reaches the timeline', factId);
      }
      // What people and Tenure itself stated since, and what was said about a duplicate.
      const followed = record?.facts.filter(({ source, about }) => source === OWN_SOURCE || about !== undefined) ?? [];
      this.#agrees(world, identityId, [...facts, ...followed]);
      if (record === undefined) continue;
      const { header, tasks } = record;
      const state = stateOf(known)(this.#now());
      await this.#isAnsweredFor(world, identityId, state);
      for (const { owned } of undoneHandovers(buildTimeline(known), this.#now())) {
        for (const one of owned) await this.#isGivenBack(world, one);
      }
      this.#isDeletedInTime(world, identityId);
      if (this.#isTold(world, identityId)) continue;
      const isProven = header.removal?.provenMs !== undefined;
      if (state.status === 'departed' && !isProven && !tasks.some(({ status }) => status === 'open')) {
        this.#fail('every removal is proven', identityId);
      }
      if (header.settledVersion !== header.version) {
        this.#fail(
          'everybody converges',
          `${identityId} is at version ${header.version}, settled ${header.settledVersion}`,
        );
      }
    }
    if (this.#open.size > 0)
      this.#fail('every access change has its audit entry', `no outcome for ${[...this.#open].join(', ')}`);
  }

  /** A removal that is called proven is true at that moment. */
  onProven(world: World, identityId: string): void {
    for (const [applicationId, system] of world.systems) {
      const account = system.heldBy(identityId);
      if (this.#isUnknownYet(account, identityId, applicationId)) continue;
      if (
        account !== undefined &&
        (account.enabled || account.grants.size > 0 || account.openSessions > 0) &&
        this.#stateAt(identityId, this.#now()) === 'departed'
      ) {
        this.#fail('a proven removal is true', `${identityId} still has access in ${applicationId}`);
      }
    }
  }

  /** Where no call went astray, a certificate lists all that the systems saw taken since its removal began. */
  onCertified({ identityId, applications, startedAt }: Certificate): void {
    for (const applicationId of this.#model().applications.map(({ id }) => id)) {
      const changes = this.#changed.get(`${identityId} ${applicationId}`) ?? [];
      const listed = applications.find((application) => application.applicationId === applicationId)?.removed ?? [];
      for (const { action, what } of changes.filter(({ atMs }) => atMs >= Date.parse(startedAt))) {
        if (!TAKES_ACCESS.has(action)) continue;
        if (listed.some((removed) => removed.action === action && (removed.what ?? '') === what)) continue;
        this.#fail('a certificate lists what was removed', `${action} ${what} of ${identityId} in ${applicationId}`);
      }
    }
  }

  notQuiet(calls: number): void {
    this.#fail('a converged identity stays quiet', `${calls} more calls to systems`);
  }

  /** What was there before Tenure, from who is at work, only once somebody has looked. */
  #mayBeTaken(applicationId: string, identityId: string, grant: string): void {
    const nowMs = this.#now();
    const isAtWork = [nowMs - ANSWER_MS, nowMs].every((instantMs) => this.#stateAt(identityId, instantMs) === 'active');
    if (this.lookedAt.has(applicationId) || !isAtWork || this.#mayHaveBeenDue(applicationId, identityId, grant)) return;
    this.#fail('nothing is taken away that nobody has looked at', `${grant} of ${identityId} in ${applicationId}`);
  }

  /** Whether anything said so far could have given them the grant: what a reason has held up ends with the reason. */
  #mayHaveBeenDue(applicationId: string, identityId: string, grant: string): boolean {
    const facts = this.#told.get(identityId)?.at(-1)?.facts ?? [];
    const said = facts.flatMap((fact) => ('attributes' in fact ? [fact.attributes as Record<string, unknown>] : []));
    const isSaid = ([name, values]: [string, unknown]) =>
      said.some((attributes) =>
        (values as readonly unknown[]).some((one) => typeof one !== 'string' || one === attributes[name]),
      );
    return this.#model().profiles.some(
      ({ entitlements, when }) =>
        entitlements.includes(`${applicationId}:${grant}`) && Object.entries(when).every(isSaid),
    );
  }

  /** The account of a leaver is kept for as long as its application asks for, from when Tenure knew of the departure. */
  #wasKeptLongEnough(applicationId: string, identityId: string): void {
    const days = this.#retentionDays(applicationId);
    if (days === undefined || this.#departedFor(identityId, days * DAY_MS - MINUTE_MS)) return;
    this.#fail('an account is kept for as long as was asked', `${identityId} in ${applicationId}, ${days} days`);
  }

  #isDeletedInTime(world: World, identityId: string): void {
    for (const [applicationId, system] of world.systems) {
      const days = this.#retentionDays(applicationId);
      if (days === undefined) continue;
      const durationMs = days * DAY_MS + REPAIRED_MS;
      // What was said since may be another departure, from which it counts anew.
      const saidMs = this.#told.get(identityId)?.at(-1)?.fromMs ?? 0;
      const isOver = saidMs < this.#now() - durationMs && this.#departedFor(identityId, durationMs);
      if (!isOver || applicationId === this.refusing || system.heldBy(identityId) === undefined) continue;
      this.#fail('an account is deleted when its time is over', `${identityId} in ${applicationId}, ${days} days`);
    }
  }

  #retentionDays(applicationId: string): number | undefined {
    return this.#model().applications.find(({ id }) => id === applicationId)?.retention?.deleteAfterDays;
  }

  /** All the time up to now, as was known at each time. */
  #departedFor(identityId: string, durationMs: number): boolean {
    const nowMs = this.#now();
    const heardMs = (this.#told.get(identityId) ?? []).map(({ fromMs }) => fromMs);
    const steps = Array.from({ length: Math.ceil(durationMs / DAY_MS) }, (_, index) => nowMs - index * DAY_MS);
    return [...steps, ...heardMs.filter((fromMs) => fromMs > nowMs - durationMs), nowMs - durationMs].every(
      (instantMs) => this.#stateAt(identityId, instantMs) === 'departed',
    );
  }

  /** Whether somebody knows that not all could be done for the identity. */
  #isTold(world: World, identityId: string): boolean {
    return this.refusing !== undefined && world.escalations.some((told) => told.includes(`dentity ${identityId} `));
  }

  /** What is not a person has a person who is there to answer for it, at work or on leave, or no use. */
  async #isAnsweredFor(world: World, identityId: string, state: ReferenceState): Promise<void> {
    if (state.status !== 'active' || state.attributes.owner === undefined) return;
    const owner = await world.stores.directory.load(state.attributes.owner);
    const { status, attributes } = stateOf(owner?.facts ?? [])(this.#now());
    const isPerson = attributes.kind !== undefined && PEOPLE.includes(attributes.kind);
    if (isPerson && (status === 'active' || status === 'suspended')) return;
    this.#fail(
      'nothing outlives who answers for it',
      `${identityId} is active and its owner ${state.attributes.owner} is ${isPerson ? status : 'no person'}`,
    );
  }

  async #isGivenBack(world: World, { identityId, factId }: HandedOverFact['owned'][number]): Promise<void> {
    const record = await world.stores.directory.load(identityId);
    const handedOver = record?.facts.find((fact) => fact.factId === factId);
    if (record === undefined || handedOver === undefined || isRescinded(handedOver, record.facts)) return;
    this.#fail('a departure that never was hands nothing over', `${factId} still counts for ${identityId}`);
  }

  #agrees(world: World, identityId: string, facts: readonly Fact[]): void {
    const desired = this.#desired(facts);
    const { status } = stateOf(facts)(this.#now());
    for (const [applicationId, system] of world.systems) {
      const want = desired.find((account) => account.applicationId === applicationId);
      const wanted = describeWanted(want, system.canDisable);
      const account = system.heldBy(identityId);
      if (this.#isUnknownYet(account, identityId, applicationId)) continue;
      if (account?.earlier !== undefined && this.#agreesAsAdopted(applicationId, account, want, status)) continue;
      const found = describeAccount(account, system.canDisable);
      // What was suspended before it ever existed need not exist; what was disabled on leaving may stay.
      const fits =
        wanted === found ||
        (found === 'nothing' && want?.enabled !== true) ||
        (wanted === 'nothing' && found === 'disabled []') ||
        (applicationId === this.refusing && this.#isTold(world, identityId));
      if (!fits) {
        const detail = `${identityId} in ${applicationId}: wanted ${wanted}, found ${found}`;
        this.#fail('all histories of the same facts end in the same access', detail);
      }
    }
  }

  /** Until somebody decides, whoever stays keeps what they had; whoever is yet to come is left alone. */
  #agreesAsAdopted(
    applicationId: string,
    { enabled, grants, earlier = [] }: SystemAccount,
    want: ReferenceAccount | undefined,
    status: ReferenceState['status'],
  ): boolean {
    if (status === 'pending' || status === 'unknown') return true;
    if (status === 'departed') return false;
    const wanted = want?.entitlements ?? [];
    const hasAll = want?.enabled !== true || (enabled && wanted.every((grant) => grants.has(grant)));
    // What the model does not know goes with the account alone.
    const kept = this.repaired.has(applicationId) ? [LEGACY] : earlier;
    return hasAll && [...grants].every((grant) => wanted.includes(grant) || kept.includes(grant));
  }

  /**
   * An account from before of somebody who never had access there by any reason: Tenure looks only where it knows of an
   * account or gives one, so that reconciliation is what finds it, as an orphan. A removal is called proven all the same.
   */
  #isUnknownYet(account: SystemAccount | undefined, identityId: string, applicationId: string): boolean {
    return account?.earlier !== undefined && !this.#contacted.has(`${identityId} ${applicationId}`);
  }

  #desired(facts: readonly Fact[]): readonly ReferenceAccount[] {
    if (!hasAbsorbed(facts)) return referenceAccess(referenceOf(facts)(this.#now()), this.#model());
    const { accounts } = desiredAccess(buildTimeline(facts), this.#model(), this.#now());
    return accounts.map(({ entitlements, ...account }) => ({
      ...account,
      entitlements: entitlements.map(({ entitlement }) => entitlement),
    }));
  }

  /** The status as the facts stored by then gave it then. */
  #stateAt(identityId: string, instantMs: number) {
    const told = this.#told.get(identityId)?.findLast(({ fromMs }) => fromMs <= instantMs);
    return told?.stateAt(instantMs).status ?? 'unknown';
  }

  #tell(fact: Fact): void {
    const told = this.#told.get(fact.identityId) ?? [];
    const facts = [...(told.at(-1)?.facts ?? []), fact];
    this.#told.set(fact.identityId, [
      ...told,
      { fromMs: this.#now(), facts, stateAt: whenAsked(() => stateOf(facts)) },
    ]);
  }

  #raiseEpoch({ identityId, epoch }: Pick<IdentityHeader, 'identityId' | 'epoch'>): void {
    this.#epochs.set(identityId, [...(this.#epochs.get(identityId) ?? []), { fromMs: this.#now(), epoch }]);
  }

  #fail(invariant: string, detail: string): void {
    this.violation ??= new Violation(invariant, detail);
  }
}

function stateOf(facts: readonly Fact[]): StateAt {
  if (!hasAbsorbed(facts)) return referenceOf(facts);
  const timeline = buildTimeline(facts);
  return (instantMs) => {
    const state = identityAt(timeline, instantMs);
    return { status: state.status, attributes: 'attributes' in state ? state.attributes : {} };
  };
}

/** Most versions of an identity are never asked about. */
function whenAsked(make: () => StateAt): StateAt {
  let made: StateAt | undefined;
  return (instantMs) => {
    made ??= make();
    return made(instantMs);
  };
}

function withAbsorbed(fact: Fact): readonly Fact[] {
  return fact.type === 'absorbed' ? [fact, ...fact.facts] : [fact];
}

function describeWanted(want: ReferenceAccount | undefined, canDisable: boolean): string {
  if (want === undefined) return 'nothing';
  const keeps = want.enabled || canDisable;
  const grants = keeps ? want.entitlements : [];
  return `${want.enabled || !canDisable ? 'enabled' : 'disabled'} [${grants.join(' ')}]`;
}

function describeAccount(account: SystemAccount | undefined, canDisable: boolean): string {
  if (account === undefined) return 'nothing';
  return `${account.enabled || !canDisable ? 'enabled' : 'disabled'} [${[...account.grants].sort().join(' ')}]`;
}

const ACTIONS: Partial<Record<string, string>> = {
  createAccount: 'create-account',
  grant: 'grant',
  revoke: 'revoke',
  revokeAll: 'revoke',
  enableAccount: 'enable-account',
  disableAccount: 'disable-account',
  deleteAccount: 'delete-account',
  endSessions: 'end-sessions',
};
