// What HR posted, and what became of it, put to the reference: who loses access by it, whether a person had to be asked
// first, and who decided. Functions read at some time between the beginning and the end of a delivery, and one that dies
// may or may not have counted: so each rule is asked twice, of the least and of the most that may have been so.
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { MassErrorGuardSettings } from '../../../lambdas/core/hr/mass-error-guard.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../../lambdas/core/identity/source-precedence.ts';
import { referenceAccess } from '../../reference/access.ts';
import {
  abandonedAt,
  accountsOf,
  isTooMany,
  type Losing,
  lossBy,
  lossWithOwner,
  type ReferenceLoss,
  type Staff,
} from '../../reference/guard.ts';
import { heirOf } from '../../reference/heirs.ts';
import { refusalOf, weighedBy } from '../../reference/intake.ts';
import { referenceOf, turningPoints } from '../../reference/state.ts';
import { SKEW_MS } from '../fate.ts';
import type { Told, Witness } from './witness.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long what is counted may lag behind what is so, and what is told of it behind that. */
const LAG_MS = HOUR_MS;
const SETTLED_MS = 10 * MINUTE_MS;
const STAFF_EVERY_MS = 10 * MINUTE_MS;

/** Who loses what by a delivery, by identity; several where nobody can tell which it was. */
type Losses = ReadonlyMap<string, readonly ReferenceLoss[]>;

interface Attempt {
  readonly factIds: ReadonlySet<string>;
  readonly startMs: number;
  readonly endMs: number;
  /** It was answered: all of it was counted. */
  readonly isSure: boolean;
  readonly certain: Losses;
  readonly possible: Losses;
}

export interface Company {
  readonly settings: MassErrorGuardSettings;
  readonly precedence: HrSourcePrecedence;
  /** Nothing goes wrong: whoever is settled is so within minutes. */
  readonly isCalm: boolean;
  /** HR posts what it says: who takes it in weighs it. */
  readonly isPosted: boolean;
  /** The ids that HR says are one person's: by that, too, one of them may lose access. */
  readonly merging?: readonly string[] | undefined;
}

interface Heard {
  readonly known: readonly Fact[];
  /** What is new of the delivery, as it counts. */
  readonly told: readonly Fact[];
  /** Nothing else was said of them meanwhile. */
  readonly isAlone: boolean;
}

export class Deliveries {
  readonly #witness: Witness;
  readonly #company: Company;
  readonly #model: () => AccessModel;
  readonly #attempts: Attempt[] = [];
  readonly #underWay = new Set<ReadonlySet<string>>();

  constructor(witness: Witness, company: Company, model: () => AccessModel) {
    this.#witness = witness;
    this.#company = company;
    this.#model = model;
  }

  /** Facts are on their way. @returns what is called with the answer, and says what is wrong with it */
  begin(facts: readonly Fact[], now: () => number): (status: number | undefined) => readonly string[] {
    const startMs = now();
    const factIds = new Set(facts.map(({ factId }) => factId));
    const others = [...this.#underWay, ...this.#attempts.filter(({ isSure }) => !isSure).map((one) => one.factIds)];
    // Of what two attempts say, nobody can tell by which of them it was recorded.
    const isFirst = !others.some((other) => [...other].some((factId) => factIds.has(factId)));
    this.#underWay.add(factIds);
    return (status) => {
      this.#underWay.delete(factIds);
      const endMs = now();
      const heard = this.#heard(facts, startMs);
      const isSure = status === 202;
      const attempt = { factIds, startMs, endMs, isSure, ...this.#losses(heard, startMs, endMs) };
      const isAlone = isFirst && ![...this.#underWay].some((other) => [...other].some((id) => factIds.has(id)));
      const faults = isSure && isAlone ? this.#faultsOf(attempt, heard) : [];
      this.#attempts.push(attempt);
      return [...faultsOfAnswer(facts, status, startMs, endMs), ...faults];
    };
  }

  /**
   * A file of everybody lies there; until it is answered it may take anything from anybody.
   *
   * @returns what is called with all that it brought, and says what is wrong with that
   */
  beginFile(now: () => number): (brought: readonly Fact[], isAgain: boolean) => readonly string[] {
    const startMs = now();
    const possible = new Map(this.#witness.identities().map((identityId) => [identityId, this.#anything()]));
    const reading = { factIds: new Set<string>(), startMs, endMs: Number.POSITIVE_INFINITY, isSure: false };
    this.#attempts.push({ ...reading, certain: new Map(), possible });
    return (brought, isAgain) => {
      const place = this.#attempts.findIndex((one) => one.possible === possible);
      const facts = brought.map(({ held: _hold, ...fact }) => fact as Fact);
      const endMs = now();
      const heard = this.#heard(facts, startMs);
      const factIds = new Set(facts.map(({ factId }) => factId));
      const attempt = { factIds, startMs, endMs, isSure: !isAgain, ...this.#losses(heard, startMs, endMs) };
      this.#attempts.splice(place, 1);
      // What an attempt found that came to no end was judged by what was known then.
      const faults = isAgain ? [] : this.#faultsOf(attempt, heard);
      this.#attempts.push(attempt);
      return faults;
    };
  }

  #heard(facts: readonly Fact[], startMs: number): ReadonlyMap<string, Heard> {
    const byIdentity = new Map<string, Heard>();
    for (const identityId of new Set(facts.map((fact) => fact.identityId))) {
      const all = this.#witness.told.of(identityId);
      const told = facts
        .filter((fact) => fact.identityId === identityId)
        .filter(
          ({ factId }) =>
            !isIn(
              all.findLast(({ fromMs }) => fromMs < startMs),
              factId,
            ),
        )
        .map((fact) => weighedBy(fact, this.#company.precedence));
      const isOwn = ({ fact }: Told) => told.some(({ factId }) => factId === fact.factId);
      const meanwhile = all.filter((one) => one.fromMs >= startMs);
      const known = all.findLast(({ fromMs }) => fromMs < startMs)?.facts ?? [];
      if (told.length > 0) byIdentity.set(identityId, { known, told, isAlone: meanwhile.every(isOwn) });
    }
    return byIdentity;
  }

  #losses(heard: ReadonlyMap<string, Heard>, startMs: number, endMs: number) {
    const certain = new Map<string, readonly ReferenceLoss[]>();
    const possible = new Map<string, readonly ReferenceLoss[]>();
    for (const [identityId, { known, told, isAlone }] of heard) {
      const found = [startMs - SKEW_MS, endMs + SKEW_MS].map((nowMs) =>
        lossBy(
          [...known, ...told.filter(isNow)],
          told.filter((fact) => !isNow(fact)),
          this.#model(),
          nowMs,
        ),
      );
      const losses = found.filter((loss) => loss !== undefined);
      const had = this.#mayHave(identityId, startMs);
      // Of whom something else was said meanwhile, anything may be so.
      if (!isAlone) possible.set(identityId, this.#anything());
      else if (losses.length > 0) possible.set(identityId, losses.map(withAll(had)));
      const [first, second] = losses;
      if (!isAlone || first === undefined || first.extent !== second?.extent) continue;
      // Half of those with an account: who is to have one later is none of them.
      const there = this.#isSettled(identityId, startMs) ? accountsOf(known, this.#model(), startMs) : [];
      certain.set(identityId, [{ ...first, applications: first.applications.filter((id) => there.includes(id)) }]);
    }
    this.#addOwned(heard, { startMs, endMs }, { certain, possible });
    return { certain, possible };
  }

  /** What is suspended with whoever loses access, since nobody takes it over. */
  #addOwned(
    heard: ReadonlyMap<string, Heard>,
    { startMs, endMs }: Pick<Attempt, 'startMs' | 'endMs'>,
    { certain, possible }: Record<'certain' | 'possible', Map<string, readonly ReferenceLoss[]>>,
  ): void {
    const add = (losses: Map<string, readonly ReferenceLoss[]>, id: string, found: readonly ReferenceLoss[]) =>
      losses.set(id, [...(losses.get(id) ?? []), ...found]);
    const owners = [...heard].filter(([identityId]) => possible.has(identityId));
    const surely = new Set(certain.keys());
    for (const [ownerId, of] of owners) {
      const owned = this.#witness.ownedBy(ownerId);
      if (!of.isAlone) for (const identityId of owned) add(possible, identityId, this.#anything());
      if (!of.isAlone) continue;
      const leaving = [startMs - SKEW_MS, endMs + SKEW_MS].map((nowMs) => {
        const instants = abandonedAt(
          [...of.known, ...of.told.filter(isNow)],
          of.told.filter((fact) => !isNow(fact)),
          nowMs,
        );
        const heirs = instants.map((atMs) => ({ atMs, heirs: this.#heirs(ownerId, heard, { atMs, startMs, endMs }) }));
        return {
          may: heirs.filter((one) => one.heirs.includes(undefined)).map(({ atMs }) => atMs),
          must: heirs.filter((one) => one.heirs.every((heir) => heir === undefined)).map(({ atMs }) => atMs),
        };
      });
      const may = leaving.flatMap((one) => one.may);
      for (const identityId of owned) {
        const [before, after] = [startMs, endMs].map((atMs) => this.#witness.factsAt(identityId, atMs));
        const found = [before, after].flatMap((facts = []) => lossWithOwner(facts, ownerId, may, this.#model()) ?? []);
        const had = this.#mayHave(identityId, startMs);
        if (found.length > 0) add(possible, identityId, found.map(withAll(had)));
        if (!surely.has(ownerId) || !this.#isSteady(identityId, startMs, endMs)) continue;
        const [first, second] = leaving.map(({ must }) => lossWithOwner(before ?? [], ownerId, must, this.#model()));
        if (first === undefined || second === undefined) continue;
        const there = this.#isSettled(identityId, startMs) ? accountsOf(before ?? [], this.#model(), startMs) : [];
        const applications = [first, second].map((loss) => loss.applications.filter((id) => there.includes(id)));
        add(certain, identityId, [
          { extent: 'all', applications: (applications[0] ?? []).filter((id) => applications[1]?.includes(id)) },
        ]);
      }
    }
  }

  /** Whoever may be found to take over what somebody leaves, by what was stored and what is told of all of them. */
  #heirs(
    ownerId: string,
    heard: ReadonlyMap<string, Heard>,
    { atMs, startMs, endMs }: Pick<Attempt, 'startMs' | 'endMs'> & { readonly atMs: number },
  ): readonly (string | undefined)[] {
    return [startMs - 1, endMs].map((heardMs) => {
      const factsOf = (identityId: string) => {
        const stored = this.#witness.factsAt(identityId, heardMs);
        const told = heard.get(identityId)?.told ?? [];
        return [...stored, ...told.filter(({ factId }) => stored.every((fact) => fact.factId !== factId))];
      };
      const stateOf = (identityId: string) => referenceOf(factsOf(identityId))(atMs);
      return heirOf(ownerId, { instantMs: atMs, factsOf, stateOf });
    });
  }

  /** Nothing is said of it, and nothing becomes of it, from well before until then. */
  #isSteady(identityId: string, startMs: number, endMs: number): boolean {
    const sinceMs = startMs - (this.#company.isCalm ? SETTLED_MS : LAG_MS);
    const isTold = this.#witness.told.of(identityId).some(({ fromMs }) => fromMs >= sinceMs && fromMs <= endMs);
    const turns = turningPoints(this.#witness.factsAt(identityId, endMs));
    return !isTold && turns.every((atMs) => atMs < sinceMs || atMs > endMs + SKEW_MS);
  }

  #anything(): readonly ReferenceLoss[] {
    const applications = this.#model().applications.map(({ id }) => id);
    return [
      { extent: 'all', applications },
      { extent: 'some', applications },
    ];
  }

  /** Where they may still have an account: what was due lately, or since all agreed last, may not have gone yet. */
  #mayHave(identityId: string, nowMs: number): readonly string[] {
    const latelyMs = nowMs - (this.#company.isCalm ? SETTLED_MS : LAG_MS);
    const agreed = this.#witness.settled.of(identityId).findLast(({ atMs }) => atMs < nowMs);
    const sinceMs = Math.min(latelyMs, agreed?.atMs ?? this.#witness.startMs);
    const told = this.#witness.told.of(identityId).map(({ fromMs }) => fromMs - 1);
    const turns = turningPoints(this.#witness.factsAt(identityId, nowMs)).map((atMs) => atMs - 1);
    const instants = [sinceMs, ...[...told, ...turns].filter((atMs) => atMs > sinceMs && atMs < nowMs)];
    const states = instants.map((atMs) => this.#witness.stateAt(identityId, atMs));
    return states.flatMap((state) => referenceAccess(state, this.#model()).map((one) => one.applicationId));
  }

  /** Whether what they are to have is known to be what they have: by it accounts are counted. */
  #isSettled(identityId: string, nowMs: number): boolean {
    const beforeMs = nowMs - SETTLED_MS;
    const isTold = this.#witness.told.of(identityId).some(({ fromMs }) => fromMs >= beforeMs && fromMs < nowMs);
    const [before, after] = [beforeMs, nowMs].map((atMs) => JSON.stringify(this.#witness.stateAt(identityId, atMs)));
    // What was there before Tenure, and nobody has looked at, may keep them from ever settling.
    const isHeldUp = this.#model().applications.some(({ id }) => this.#witness.earlier.has(`${identityId} ${id}`));
    return this.#company.isCalm && !isTold && !isHeldUp && before === after;
  }

  #faultsOf(attempt: Attempt, heard: ReadonlyMap<string, Heard>): readonly string[] {
    const { settings } = this.#company;
    const staff = attempt.possible.size > 0 ? this.#staff(attempt) : undefined;
    const mustWait = staff !== undefined && isTooMany(this.#least(attempt), staff.most, settings);
    const mayWait = staff !== undefined && isTooMany(this.#most(attempt), staff.least, settings);
    return [...heard].flatMap(([identityId, { known, told, isAlone }]) => {
      if (!isAlone) return [];
      const kept = told.flatMap(({ factId }) => this.#find(identityId, factId) ?? []);
      const held = kept.filter((fact) => fact.held !== undefined);
      const passed = kept.filter((fact) => fact.held === undefined && !isNow(fact));
      const deliberate = [...known, ...kept.filter(isNow)];
      const loses = [attempt.startMs - SKEW_MS, attempt.endMs + SKEW_MS].every(
        (nowMs) => lossBy(deliberate, passed, this.#model(), nowMs) !== undefined,
      );
      const suspicions: readonly (readonly [boolean, string])[] = [
        [
          mustWait && attempt.certain.has(identityId) && loses,
          'loses access with too many others, and nobody was asked',
        ],
        [held.length > 0 && !mayWait, `waits in ${held[0]?.held}, and few lose access`],
        [held.length > 0 && !attempt.possible.has(identityId), `waits in ${held[0]?.held}, and loses nothing`],
        [held.some(isNow), 'is to be cut off now, and waits'],
      ];
      return suspicions.flatMap(([isSo, fault]) => (isSo ? [`${identityId} ${fault}`] : []));
    });
  }

  #find(identityId: string, factId: string): Fact | undefined {
    return this.#witness.factsOf(identityId).find((fact) => fact.factId === factId);
  }

  #least(judged: Attempt): Losing {
    const sinceMs = judged.endMs + 2 * SKEW_MS - this.#windowMs();
    const sure = this.#attempts.filter((one) => one.isSure && one.startMs >= sinceMs && one.endMs < judged.startMs);
    // What of an account goes with its holder, and what by desired access alone, is counted together or apart.
    return addUp(
      [...sure, judged].map(({ certain }) => certain),
      Math.max,
    );
  }

  #most(judged: Attempt): Losing {
    const sinceMs = judged.startMs - 2 * SKEW_MS - this.#windowMs();
    const perhaps = this.#attempts.filter((one) => one.endMs >= sinceMs && one.startMs <= judged.endMs);
    const merging = this.#company.merging ?? [];
    const concerned = merging.flatMap((identityId) => [identityId, ...this.#witness.ownedBy(identityId)]);
    const byMerges = new Map(concerned.map((identityId) => [identityId, this.#anything()]));
    const losing = [...perhaps, judged].map(({ possible }) => possible).filter(({ size }) => size > 0);
    // Of a window with more deliveries than are read of it, each counts anew.
    const isTold = losing.length <= 2 * this.#company.settings.maximumIdentities;
    return addUp([...(isTold ? losing : losing.map(countedAnew)), byMerges], (a, b) => a + b);
  }

  #windowMs(): number {
    return this.#company.settings.windowMinutes * MINUTE_MS;
  }

  /** Those employed are counted once in a window. */
  #staff({ startMs, endMs }: Attempt): { readonly least: Staff; readonly most: Staff } {
    const sinceMs = startMs - this.#windowMs() - LAG_MS;
    const instants: number[] = [endMs];
    for (let atMs = sinceMs; atMs < endMs; atMs += STAFF_EVERY_MS) instants.push(atMs);
    // Who joins by what is judged may be there already while those are there still who leave by it.
    const counts = [...instants.map((atMs) => this.#staffAt([atMs])), this.#staffAt([startMs, endMs])];
    const of = (count: (...all: readonly number[]) => number): Staff => ({
      employed: count(...counts.map(({ employed }) => employed)),
      applications: Object.fromEntries(
        this.#model().applications.map(({ id }) => [id, count(...counts.map((one) => one.applications[id] ?? 0))]),
      ),
    });
    // Whoever has joined is counted in an application only once they have converged.
    const least = of(Math.min);
    return { least: this.#company.isCalm ? least : { ...least, applications: {} }, most: of(Math.max) };
  }

  /** Who is there at any of the instants, and where they have an account at any. */
  #staffAt(instants: readonly number[]): Staff {
    const states = this.#witness
      .identities()
      .map((identityId) => instants.map((atMs) => this.#witness.stateAt(identityId, atMs)))
      .map((ofOne) => ofOne.filter(({ status }) => status === 'active' || status === 'suspended'));
    const employed = states.filter(({ length }) => length > 0);
    const there = employed.flatMap((ofOne) => [
      ...new Set(ofOne.flatMap((state) => referenceAccess(state, this.#model()).map((one) => one.applicationId))),
    ]);
    const applications = Object.fromEntries(
      this.#model().applications.map(({ id }) => [id, there.filter((one) => one === id).length]),
    );
    return { employed: employed.length, applications };
  }
}

/** Nobody in it is taken for somebody in another. */
function countedAnew(losses: Losses, place: number): Losses {
  return new Map([...losses].map(([identityId, found]) => [`${place} ${identityId}`, found]));
}

/** Whoever loses all of it loses whatever there is. */
function withAll(had: readonly string[]): (loss: ReferenceLoss) => ReferenceLoss {
  return (loss) =>
    loss.extent === 'all' ? { ...loss, applications: [...new Set([...loss.applications, ...had])] } : loss;
}

function faultsOfAnswer(
  facts: readonly Fact[],
  status: number | undefined,
  startMs: number,
  endMs: number,
): readonly string[] {
  // A function that died, or could not: HR sends it again.
  if (status === undefined || status >= 500) return [];
  const always = facts.filter((fact) =>
    [startMs - SKEW_MS, endMs + SKEW_MS].every((nowMs) => refusalOf(fact, nowMs) !== undefined),
  );
  const ever = facts.filter((fact) =>
    [startMs - SKEW_MS, endMs + SKEW_MS].some((nowMs) => refusalOf(fact, nowMs) !== undefined),
  );
  if (status === 202) return always.map(({ factId }) => `${factId} was taken in, and nobody can mean it`);
  return ever.length > 0 ? [] : [`${facts.map(({ factId }) => factId)} was answered ${status}`];
}

function isNow(fact: Fact): boolean {
  return fact.type === 'leaver' && fact.immediate;
}

function isIn(told: Told | undefined, factId: string): boolean {
  return told?.facts.some((fact) => fact.factId === factId) ?? false;
}

/** @param join of those who lose all, and of those who lose some: how many lose the account in one application */
function addUp(deliveries: readonly Losses[], join: (all: number, some: number) => number): Losing {
  const losses = deliveries.flatMap((each) => [...each].flatMap(([id, found]) => found.map((loss) => ({ id, loss }))));
  const losing = (extent: ReferenceLoss['extent'], where?: string) => {
    const those = losses.filter(({ loss }) => loss.extent === extent);
    const there = those.filter(({ loss }) => where === undefined || loss.applications.includes(where));
    return new Set(there.map(({ id }) => id)).size;
  };
  const ids = new Set(losses.flatMap(({ loss }) => loss.applications));
  const applications = Object.fromEntries([...ids].map((id) => [id, join(losing('all', id), losing('some', id))]));
  return { all: losing('all'), some: losing('some'), applications };
}
