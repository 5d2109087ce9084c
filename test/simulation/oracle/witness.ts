// Sees what really happens in a simulated world: what was stored, what systems were made to show, what people stated. It
// judges nothing; whoever judges asks it.
import type { IdentityHeader } from '../../../lambdas/core/access/identity-record.ts';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import type { Certificate } from '../../../lambdas/core/removal/certificate.ts';
import type { SaveRemoval } from '../../../lambdas/stores/accounts/account-store.ts';
import type { RecordEffect, RecordFact } from '../../../lambdas/stores/facts/fact-store.ts';
import type { Done, ShownAccount } from '../../reference/certificates.ts';
import { type OwnerThen, type ReferenceState, referenceOf, standingMerges } from '../../reference/state.ts';
import type { AttestedWork } from '../../reference/tasks.ts';
import type { SystemAccount, SystemChange } from '../memory-system.ts';

export type StateAt = (instantMs: number) => ReferenceState;

/** A version of what is known of an identity. */
export interface Told {
  readonly fromMs: number;
  readonly fact: Fact;
  readonly version: number;
  readonly facts: readonly Fact[];
  readonly stateAt: StateAt;
}

export interface Shown {
  readonly atMs: number;
  readonly account: ShownAccount | undefined;
}

export interface Attestation extends AttestedWork {
  readonly applicationId: string;
}

export interface Certified {
  readonly atMs: number;
  readonly certificate: Certificate;
}

/** What is done to an account, in the words of the audit log. */
export const ACTIONS: Partial<Record<string, string>> = {
  createAccount: 'create-account',
  grant: 'grant',
  revoke: 'revoke',
  revokeAll: 'revoke',
  enableAccount: 'enable-account',
  disableAccount: 'disable-account',
  deleteAccount: 'delete-account',
  endSessions: 'end-sessions',
  updateAccount: 'update-account',
  revokeCredential: 'revoke-credential',
  transferOwnership: 'transfer-ownership',
};

export class Witness {
  readonly told = new Lists<Told>();
  readonly epochs = new Lists<{ readonly fromMs: number; readonly epoch: number }>();
  readonly effects = new Lists<{ readonly instantMs: number; readonly version: number }>();
  readonly fences = new Lists<number>();
  readonly settled = new Lists<{ readonly version: number; readonly epoch: number; readonly atMs: number }>();
  readonly certified = new Lists<Certified>();
  /** By identity and application. */
  readonly shown = new Lists<Shown>();
  readonly done = new Lists<Done>();
  /** By identity and application, when people were asked for access. */
  readonly asked = new Lists<number>();
  /** By identity and application, where there was an account before Tenure: it saw none of how that came to be. */
  readonly earlier = new Set<string>();
  readonly attestations = new Lists<Attestation>();
  /** What somebody states, before it is known whether it is heard. */
  readonly #stated = new Map<string, Set<string>>();
  /** When it began to look. */
  readonly startMs: number;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.startMs = now();
  }

  onStored(method: string, input: unknown, outcome: unknown): void {
    switch (method) {
      case 'recordFact':
        if (outcome === 'recorded') this.#recorded(input as RecordFact);
        break;
      case 'recordEffect':
        if (outcome === 'recorded') this.#tookEffect(input as RecordEffect);
        break;
      case 'acquireLease':
        if (outcome !== undefined) this.#raised(outcome as IdentityHeader);
        break;
      case 'fenceOff':
        if (outcome === 'fenced') this.#fenced(input as Pick<IdentityHeader, 'identityId' | 'epoch'>);
        break;
      case 'settleLease':
        if (outcome === true) this.#settled(input as { identityId: string; version: number; epoch: number });
        break;
      case 'openTask': {
        const { identityId, applicationId, steps } = (input as { task: TaskRecord }).task;
        if (outcome === true && steps.some(({ action }) => action === 'create-account')) {
          this.asked.add(`${identityId} ${applicationId}`, this.#now());
        }
        break;
      }
      case 'saveRemoval': {
        const { identityId, certificate } = input as SaveRemoval;
        if (outcome === true && certificate !== undefined) {
          this.certified.add(identityId, { atMs: this.#now(), certificate });
        }
        break;
      }
    }
  }

  /** @param account what the system shows of it from now on */
  onChange(applicationId: string, { method, identityId, grant }: SystemChange, account?: SystemAccount): void {
    const name = `${identityId} ${applicationId}`;
    this.done.add(name, { atMs: this.#now(), action: ACTIONS[method] ?? method, what: grant ?? '' });
    this.shown.add(name, { atMs: this.#now(), account: account && asShown(account) });
  }

  /** Nobody did anything to the account, and it shows otherwise what it holds. */
  onRenamed(applicationId: string, account: SystemAccount): void {
    const holder = account.holder ?? account.identityId;
    this.shown.add(`${holder} ${applicationId}`, { atMs: this.#now(), account: asShown(account) });
  }

  onAttested(taskId: string, operator: string): void {
    this.#stated.set(taskId, (this.#stated.get(taskId) ?? new Set()).add(operator));
  }

  /** Whatever anybody said that it owns. */
  ownedBy(identityId: string): ReadonlySet<string> {
    const owned = [...this.told.all()].filter(
      ({ fact }) => 'attributes' in fact && fact.attributes.owner === identityId,
    );
    return new Set(owned.map(({ fact }) => fact.identityId));
  }

  identities(): readonly string[] {
    return this.told.names();
  }

  /** Whom an id was merged into, and they in turn, whether or not that was taken back since. */
  mergedInto(identityId: string): readonly string[] {
    const found = new Set<string>();
    const left = [identityId];
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      for (const fact of this.factsOf(id)) {
        if (fact.type !== 'merged' || found.has(fact.into)) continue;
        found.add(fact.into);
        left.push(fact.into);
      }
    }
    return [...found];
  }

  factsOf(identityId: string): readonly Fact[] {
    return this.told.of(identityId).at(-1)?.facts ?? [];
  }

  /** Those stored by an instant. */
  factsAt(identityId: string, instantMs: number): readonly Fact[] {
    return this.told.of(identityId).findLast(({ fromMs }) => fromMs <= instantMs)?.facts ?? [];
  }

  /** As the facts stored by an instant gave it then, or by an earlier one. */
  stateAt(identityId: string, instantMs: number, heardMs = instantMs): ReferenceState {
    const told = this.told.of(identityId).findLast(({ fromMs }) => fromMs <= heardMs);
    const state = told?.stateAt(instantMs) ?? { status: 'unknown', attributes: {} };
    if (told === undefined || state.attributes.kind !== 'ai-agent') return state;
    return referenceOf(told.facts, (ownerId, atMs) => this.ownerAt(ownerId, atMs, heardMs))(instantMs);
  }

  /** Whoever an id stands for, at an instant as they were known then or by an earlier one. */
  ownerAt(ownerId: string, instantMs: number, heardMs = instantMs): OwnerThen {
    const [merged] = standingMerges(this.factsAt(ownerId, heardMs));
    if (merged !== undefined) return this.ownerAt(merged.into, instantMs, heardMs);
    return { identityId: ownerId, state: this.stateAt(ownerId, instantMs, heardMs) };
  }

  #recorded({ also = [], together, ...input }: RecordFact): void {
    const { expectedVersion } = input;
    for (const [index, { fact }] of [input, ...also].entries()) this.#told(fact, expectedVersion + 1 + index);
    if (together !== undefined) this.#recorded(together);
  }

  #told(fact: Fact, version: number): void {
    const facts = [...this.factsOf(fact.identityId), fact];
    const stateAt = whenAsked(() => referenceOf(facts));
    this.told.add(fact.identityId, { fromMs: this.#now(), fact, version, facts, stateAt });
    // A fact that says so is no attestation where nobody stated it.
    if (fact.type === 'task-attested' && this.#stated.get(fact.taskId)?.has(fact.attestedBy)) {
      const { taskId, applicationId, attestedBy, receivedMs, steps } = fact;
      this.attestations.add(fact.identityId, { taskId, applicationId, attestedBy, atMs: receivedMs, steps });
    }
  }

  #tookEffect({ identityId, instantMs, expectedVersion }: RecordEffect): void {
    this.effects.add(identityId, { instantMs, version: expectedVersion + 1 });
  }

  #raised({ identityId, epoch }: Pick<IdentityHeader, 'identityId' | 'epoch'>): void {
    this.epochs.add(identityId, { fromMs: this.#now(), epoch });
  }

  #fenced({ identityId, epoch }: Pick<IdentityHeader, 'identityId' | 'epoch'>): void {
    this.#raised({ identityId, epoch: epoch + 1 });
    this.fences.add(identityId, epoch + 1);
  }

  #settled({ identityId, version, epoch }: Pick<IdentityHeader, 'identityId' | 'version' | 'epoch'>): void {
    this.settled.add(identityId, { version, epoch, atMs: this.#now() });
  }
}

class Lists<Item> {
  readonly #lists = new Map<string, Item[]>();

  of(name: string): readonly Item[] {
    return this.#lists.get(name) ?? [];
  }

  names(): readonly string[] {
    return [...this.#lists.keys()];
  }

  all(): readonly Item[] {
    return [...this.#lists.values()].flat();
  }

  add(name: string, item: Item): void {
    const list = this.#lists.get(name);
    if (list === undefined) this.#lists.set(name, [item]);
    else list.push(item);
  }
}

function asShown({ enabled, grants, openSessions }: SystemAccount): ShownAccount {
  return { enabled, grants: [...grants].sort(), openSessions };
}

/** Most versions of an identity are never asked about. */
function whenAsked(make: () => StateAt): StateAt {
  let made: StateAt | undefined;
  return (instantMs) => {
    made ??= make();
    return made(instantMs);
  };
}
