// What a changed access model, HR events or a file of everybody would do to whom: worked out from what is on record, by the
// functions that decide once it happens.
import {
  type ChangedModel,
  MAXIMUM_PEOPLE_TOLD,
  MAXIMUM_POPULATION,
  type SimulationAnswer,
  simulationRoutes,
} from '../../api/simulations.ts';
import type { DueGrant } from '../../core/access/model-change.ts';
import type { ModelPlan, PersonChange } from '../../core/access/model-plan.ts';
import { type Person, personOf } from '../../core/access/person.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { changeModel } from '../../core/access-model/changed-model.ts';
import { ConflictError, type Fault, InvalidInputError } from '../../core/errors.ts';
import { readHrEvent, translateHrEvent } from '../../core/hr/hr-event.ts';
import type { HoldReason } from '../../core/hr/mass-error-guard.ts';
import { type ModelChangeSettings, modelChangeSchema } from '../../core/hr/population-walk.ts';
import { mostAffected, whatIf } from '../../core/hr/what-if.ts';
import { reachOf, stampAuthority } from '../../core/identity/authority.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { MAXIMUM_CHAIN } from '../../core/identity/management-chain.ts';
import { redirect } from '../../core/identity/merged-identities.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { deployedPrecedence } from '../../stores/deployed-hr-sources.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { deployedGuardSettings } from '../shared/judge-losses.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { type Line, readPopulationRows, UnreadableFileError } from '../shared/read-population-rows.ts';
import { findBeyondReach } from './beyond-reach.ts';
import { comparePeople, type PeopleFile } from './compare-people.ts';
import { type JudgeDeliveryDependencies, reasonThatWouldHold } from './guard-delivery.ts';

const ROUTE = simulationRoutes['simulate-change'];
const DIRECTORY_PAGE = 1_000;
const CONCURRENT_IDENTITIES = 20;
/** Whoever says it is none of the sources there are. */
const NOBODY = 'simulated';
const NOTHING_SAID: PeopleFile = { facts: [], faults: [], unreadableRows: 0 };

export interface SimulateDependencies extends ApiDependencies, JudgeDeliveryDependencies {
  readonly modelChange: () => ModelChangeSettings;
  /** Types of connectors whose changes people carry out. */
  readonly manualConnectors: () => readonly string[];
}

interface Loaded {
  /** By the id under which each counts. */
  readonly people: ReadonlyMap<string, LoadedIdentity>;
  /** The id that was asked for → the one under which it counts. */
  readonly countsAt: ReadonlyMap<string, string>;
}

export const simulateChange = answerOperator(ROUTE, async (dependencies: SimulateDependencies, { body }) => {
  const { model, events, people, source = NOBODY } = body;
  const before = dependencies.model();
  const after = model === undefined ? before : requireModel(before, model);
  const told = events === undefined ? [] : readEvents(events, source, dependencies);
  await refuseBeyondReach(dependencies, source, told);
  const isAboutAll = model !== undefined || people !== undefined;
  const everybody = isAboutAll ? await listEverybody(dependencies) : [];
  const asked = await loadAll(dependencies, [...everybody, ...told.map(({ identityId }) => identityId)]);
  const loaded = isAboutAll ? asked : together(asked, await loadOwned(dependencies, asked));
  const said =
    people === undefined ? { ...NOTHING_SAID, facts: told } : await readPeople(dependencies, people, source, loaded);
  const known = [...loaded.people.values()];
  const found = whatIf({
    population: known.flatMap(personIn),
    known: new Map(known.map(({ record }) => [record.header.identityId, record.facts])),
    others: await loadOthers(dependencies, said.facts, loaded),
    before,
    after,
    facts: said.facts.map((fact) => asItCounts(dependencies, fact, loaded)),
    guard: dependencies.guard.settings,
    modelChange: dependencies.modelChange(),
    nowMs: dependencies.clock(),
  });
  const shown = mostAffected(found.people, MAXIMUM_PEOPLE_TOLD);
  const [suspended, resumed] = [found.suspended, found.resumed].map((ids) => ids.slice(0, MAXIMUM_PEOPLE_TOLD)) as [
    string[],
    string[],
  ];
  const byHand = applicationsByHand([before, after], dependencies.manualConnectors());
  const answer = {
    at: toIso(found.atMs),
    model: { before: before.hash, after: after.hash },
    ...presentPlan(found.plan),
    people: shown.map((person) => presentPerson(person, byHand)),
    more: found.people.length - shown.length,
    suspending: found.suspended.length,
    resuming: found.resumed.length,
    suspended,
    resumed,
    held: { model: found.held.model, events: await wouldBeHeld(dependencies, source, said) },
    faults: said.faults.slice(0, MAXIMUM_PEOPLE_TOLD).map(({ line, fault }) => ({ line, ...fault })),
  } satisfies SimulationAnswer;
  const shows = [...new Set([...shown.map(({ identityId }) => identityId), ...suspended, ...resumed])];
  return { status: 200, shows, body: answer, log: { population: answer.population, changed: found.people.length } };
});

/** By all that took access lately, as intake would judge it. */
async function wouldBeHeld(
  dependencies: SimulateDependencies,
  source: string,
  { facts, unreadableRows }: PeopleFile,
): Promise<HoldReason | undefined> {
  if (facts.length === 0) return undefined;
  const deliveryId = `simulated:${dependencies.newId()}`;
  const doubt = { rule: 'unreadable-rows', count: unreadableRows } as const;
  return await reasonThatWouldHold(dependencies, { source, deliveryId, facts, ...(unreadableRows > 0 && { doubt }) });
}

/** Throws InvalidInputError. */
function requireModel(deployed: AccessModel, change: ChangedModel): AccessModel {
  const { model, faults = [] } = changeModel(deployed, change);
  if (model !== undefined) return model;
  throw new InvalidInputError(
    'The changed model is wrong.',
    faults.map((fault) => under('/model', fault)),
  );
}

function under(prefix: string, { pointer, detail }: Fault): Fault {
  return { pointer: `${prefix}${pointer}`, detail };
}

/** Throws InvalidInputError, with each fault of each event. */
function readEvents(events: readonly unknown[], source: string, { clock }: SimulateDependencies): readonly Fact[] {
  const faults: Fault[] = [];
  const facts = events.flatMap((value, index) => {
    const { event, faults: found = [] } = readHrEvent(value, source, `/events/${index}`, clock());
    faults.push(...found);
    return event === undefined ? [] : [translateHrEvent(event, source, clock())];
  });
  if (faults.length > 0) throw new InvalidInputError('The events cannot be read.', faults);
  return facts;
}

/** Throws ConflictError where there are more than an answer has time for. */
async function listEverybody({ directory }: SimulateDependencies): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await directory.listIdentities({ limit: DIRECTORY_PAGE, after });
    ids.push(...page.items.map(({ identityId }) => identityId));
    if (ids.length > MAXIMUM_POPULATION) {
      throw new ConflictError(
        `There are more than ${MAXIMUM_POPULATION} identities: simulate this with "npx tenure simulate", from an export.`,
      );
    }
    after = page.next;
  } while (after !== undefined);
  return ids;
}

async function loadAll(dependencies: SimulateDependencies, asked: readonly string[]): Promise<Loaded> {
  const found = await mapBounded([...new Set(asked)], CONCURRENT_IDENTITIES, async (identityId) => {
    const loaded = await findWhereItCounts(dependencies, identityId);
    return loaded === undefined ? [] : [{ identityId, loaded }];
  });
  const idOf = ({ record }: LoadedIdentity) => record.header.identityId;
  return {
    people: new Map(found.flat().map(({ loaded }) => [idOf(loaded), loaded])),
    countsAt: new Map(found.flat().map(({ identityId, loaded }) => [identityId, idOf(loaded)])),
  };
}

function together(one: Loaded, other: Loaded): Loaded {
  return {
    people: new Map([...one.people, ...other.people]),
    countsAt: new Map([...one.countsAt, ...other.countsAt]),
  };
}

/** What those whom it is about answer for: it is handed over, or loses what they lose. */
async function loadOwned(dependencies: SimulateDependencies, { people }: Loaded): Promise<Loaded> {
  const owned = await mapBounded([...people.keys()], CONCURRENT_IDENTITIES, (identityId) =>
    dependencies.directory.listOwnedBy(identityId),
  );
  const ids = owned.flat().map(({ identityId }) => identityId);
  return await loadAll(
    dependencies,
    ids.filter((identityId) => !people.has(identityId)),
  );
}

/** Whoever may take over from them, or limits what they may hold: by the id that names them, what is on record of them. */
async function loadOthers(
  dependencies: SimulateDependencies,
  facts: readonly Fact[],
  { people }: Loaded,
): Promise<ReadonlyMap<string, readonly Fact[]>> {
  const others = new Map<string, readonly Fact[]>();
  let named = [...facts.flatMap(namedIn), ...[...people.values()].flatMap(aboveOf)];
  for (let above = 1; above <= MAXIMUM_CHAIN; above += 1) {
    const ids = new Set(named.filter((id) => !people.has(id) && !others.has(id)));
    if (ids.size === 0) break;
    const found = await mapBounded([...ids], CONCURRENT_IDENTITIES, async (identityId) => {
      const loaded = await findWhereItCounts(dependencies, identityId);
      others.set(identityId, loaded?.record.facts ?? []);
      return loaded === undefined ? [] : aboveOf(loaded);
    });
    named = found.flat();
  }
  return others;
}

function namedIn(fact: Fact): readonly string[] {
  if (fact.type === 'leaver') return fact.successor === undefined ? [] : [fact.successor];
  if (fact.type !== 'joiner' && fact.type !== 'mover') return [];
  return [fact.attributes.owner, fact.attributes.manager].flatMap((id) => id ?? []);
}

function aboveOf({ state }: LoadedIdentity): readonly string[] {
  if (state.status === 'unknown') return [];
  return [state.attributes.owner, state.attributes.manager].flatMap((id) => id ?? []);
}

function personIn({ record, state }: LoadedIdentity): readonly Person[] {
  return isEmployed(state) ? [personOf(record.header.identityId, state)] : [];
}

/** Throws InvalidInputError where the import would take none of it. */
async function readPeople(
  { clock, guard, precedence }: SimulateDependencies,
  { format, content }: { readonly format: 'csv' | 'jsonl'; readonly content: string },
  source: string,
  { people }: Loaded,
): Promise<PeopleFile> {
  try {
    const lines: Line[] = [];
    for await (const line of readPopulationRows(inOneChunk(content), format)) lines.push(line);
    const timelines = new Map([...people].map(([identityId, { timeline }]) => [identityId, timeline]));
    const reach = reachOf(source, precedence);
    return comparePeople(lines, { source, timelines, reach, guard: guard.settings, nowMs: clock() });
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw new InvalidInputError('The file would be refused.', [{ pointer: '/people/content', detail: error.message }]);
  }
}

async function* inOneChunk(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

/** Throws InvalidInputError. */
async function refuseBeyondReach(
  dependencies: SimulateDependencies,
  source: string,
  facts: readonly Fact[],
): Promise<void> {
  const beyond = await findBeyondReach(dependencies, source, facts);
  const faults = facts.flatMap(({ factId }, index) =>
    (beyond.get(factId) ?? []).map((fault) => under(`/events/${index}`, fault)),
  );
  if (faults.length > 0) throw new InvalidInputError('The source may not say this.', faults);
}

function asItCounts({ precedence }: SimulateDependencies, fact: Fact, { countsAt }: Loaded): Fact {
  const stamped = stampAuthority(fact, precedence);
  const survivorId = countsAt.get(fact.identityId) ?? fact.identityId;
  return survivorId === fact.identityId ? stamped : redirect(stamped, survivorId);
}

function presentPlan({ population, losing, emptied, gaining, changes, closes }: ModelPlan) {
  return {
    population,
    losing,
    emptied,
    gaining,
    changes: changes.map(({ applicationId, entitlement, privileged, direction, because }) => ({
      entitlement: `${applicationId}:${entitlement}`,
      privileged,
      direction,
      because: because.map(({ reason, identityIds }) => ({ reason, identities: identityIds.length })),
    })),
    closes,
  };
}

function presentPerson({ identityId, change, begun, ended }: PersonChange, byHand: ReadonlySet<string>) {
  const nameOf = ({ applicationId, entitlement }: DueGrant) => `${applicationId}:${entitlement}`;
  const { loses, gains } = change;
  return {
    identityId,
    loses: loses.map(nameOf),
    gains: gains.map(nameOf),
    byHand: [...loses, ...gains].filter(({ applicationId }) => byHand.has(applicationId)).map(nameOf),
    begins: [...begun],
    ends: [...ended],
  };
}

function applicationsByHand(models: readonly AccessModel[], connectors: readonly string[]): ReadonlySet<string> {
  const applications = models.flatMap((model) => model.applications);
  return new Set(applications.filter(({ connector }) => connectors.includes(connector)).map(({ id }) => id));
}

export const handler = serveApi(ROUTE, () =>
  simulateChange({
    ...liveApiDependencies(),
    precedence: deployedPrecedence(),
    guard: { settings: deployedGuardSettings(), holds: dynamoHoldStore() },
    manualConnectors: () => JSON.parse(fromEnvironment('manualConnectors')) as string[],
    modelChange: () => modelChangeSchema.parse(JSON.parse(fromEnvironment('modelChange'))),
  }),
);
