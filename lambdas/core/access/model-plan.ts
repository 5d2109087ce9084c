// The difference that another access model would make to a population, before it is deployed: who would lose and gain
// what, and because of which profile. What `tenure plan` prints.
import type { AccessModel, Application } from '../access-model/access-model.ts';
import { CompiledPatterns } from '../access-model/compiled-patterns.ts';
import type { EmployedState } from '../identity/timeline.ts';
import { accessChange, type DueGrant } from './model-change.ts';

export interface Person {
  readonly identityId: string;
  readonly status: EmployedState['status'];
  readonly attributes: EmployedState['attributes'];
}

export interface ModelPlan {
  readonly population: number;
  /** Who would lose something; of those, who would be left without any access. */
  readonly losing: number;
  readonly emptied: number;
  /** Who would gain something; whoever loses something as well counts as both. */
  readonly gaining: number;
  /** By application and entitlement. */
  readonly changes: readonly EntitlementChange[];
  /** Application → how many would lose the account they have there. */
  readonly closes: Readonly<Record<string, number>>;
}

export interface EntitlementChange {
  readonly applicationId: string;
  readonly entitlement: string;
  readonly grant: string;
  readonly privileged: boolean;
  readonly direction: 'loses' | 'gains';
  /** For each reason whom it concerns. */
  readonly because: readonly { readonly reason: string; readonly identityIds: readonly string[] }[];
}

/** @param nowMs by which exceptions from the segregation of duties hold */
export function planModelChange(
  population: Iterable<Person>,
  before: AccessModel,
  after: AccessModel,
  nowMs: number,
): ModelPlan {
  const changes = new Map<string, GatheredChange>();
  const closes = new Map<string, number>();
  const lacking = { loses: lackingIn(after), gains: lackingIn(before) };
  let counted = 0;
  let losing = 0;
  let emptied = 0;
  let gaining = 0;
  for (const person of population) {
    counted += 1;
    const state = { ...person, joinedMs: 0, joinedBy: 'export' };
    const change = accessChange(state, before, after, { identityId: person.identityId, nowMs });
    if (change.loses.length > 0) losing += 1;
    if (change.keeps === 'nothing') emptied += 1;
    if (change.gains.length > 0) gaining += 1;
    for (const id of change.closes) closes.set(id, (closes.get(id) ?? 0) + 1);
    for (const grant of change.loses) gather(changes, 'loses', grant, person, lacking.loses);
    for (const grant of change.gains) gather(changes, 'gains', grant, person, lacking.gains);
  }
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
  return {
    population: counted,
    losing,
    emptied,
    gaining,
    changes: sorted.map(({ because, ...change }) => ({
      ...change,
      because: [...because].map(([reason, identityIds]) => ({ reason, identityIds: identityIds.toSorted() })),
    })),
    closes: Object.fromEntries([...closes].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

interface GatheredChange extends Omit<EntitlementChange, 'because'> {
  readonly because: Map<string, string[]>;
}

/** Of the values that conditions were asked about. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;

/** The model that does not give something. */
interface Lacking {
  /** Profile → its place among the conditions. */
  readonly profiles: ReadonlyMap<string, number>;
  readonly conditions: CompiledPatterns;
  readonly applications: ReadonlyMap<string, Application>;
}

function lackingIn({ profiles, applications }: AccessModel): Lacking {
  return {
    profiles: new Map(profiles.map(({ id }, index) => [id, index])),
    conditions: new CompiledPatterns(
      profiles.map(({ when }) => when),
      REMEMBERED_BYTES,
    ),
    applications: new Map(applications.map((application) => [application.id, application])),
  };
}

function gather(
  changes: Map<string, GatheredChange>,
  direction: EntitlementChange['direction'],
  grant: DueGrant,
  person: Person,
  lacking: Lacking,
): void {
  const { applicationId, entitlement, grant: word, privileged } = grant;
  const key = JSON.stringify([direction === 'loses' ? 0 : 1, applicationId, entitlement, word]);
  const change = changes.get(key) ?? {
    applicationId,
    entitlement,
    grant: word,
    privileged,
    direction,
    because: new Map(),
  };
  changes.set(key, change);
  const reason = reasonFor(grant, person, lacking, direction);
  const ids = change.because.get(reason) ?? [];
  ids.push(person.identityId);
  change.because.set(reason, ids);
}

/** What it is about the other model that it does not give this grant to this person. */
function reasonFor(
  { applicationId, entitlement, grant, profiles }: DueGrant,
  { attributes }: Person,
  lacking: Lacking,
  direction: EntitlementChange['direction'],
): string {
  const say = direction === 'loses' ? LOSING : GAINING;
  const application = lacking.applications.get(applicationId);
  if (application === undefined) return say.noApplication(applicationId);
  if (application.retired) return say.retired(applicationId);
  const named = application.entitlements.find(({ id }) => id === entitlement);
  if (named === undefined) return say.noEntitlement(`${applicationId}:${entitlement}`);
  if (named.grant !== grant) return say.otherGrant(`${applicationId}:${entitlement}`, named.grant);
  const because = profiles.map((id) => {
    const index = lacking.profiles.get(id);
    if (index === undefined) return say.noProfile(id);
    return lacking.conditions.matching(attributes).includes(index) ? say.notGiven(id) : say.noMatch(id);
  });
  return because.join('; ');
}

const LOSING = {
  noApplication: (id: string) => `there is no application ${id} any more`,
  retired: (id: string) => `application ${id} is retired`,
  noEntitlement: (reference: string) => `there is no entitlement ${reference} any more`,
  otherGrant: (reference: string, grant: string) => `${reference} now stands for ${grant}`,
  noProfile: (id: string) => `there is no profile ${id} any more`,
  notGiven: (id: string) => `profile ${id} no longer gives it`,
  noMatch: (id: string) => `the condition of profile ${id} no longer holds`,
};

const GAINING: typeof LOSING = {
  noApplication: (id) => `application ${id} is new`,
  retired: (id) => `application ${id} is no longer retired`,
  noEntitlement: (reference) => `entitlement ${reference} is new`,
  otherGrant: (reference, grant) => `${reference} stood for ${grant}`,
  noProfile: (id) => `profile ${id} is new`,
  notGiven: (id) => `profile ${id} gives it now`,
  noMatch: (id) => `the condition of profile ${id} holds now`,
};
