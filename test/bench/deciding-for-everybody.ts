// What a million identities should have, by the function that runs in Lambda, beside what it cost before and what two rule
// engines take for the same answers. Every engine's answers are compared with ours, or there is nothing to compare.
import { isDeepStrictEqual } from 'node:util';
import { CompiledModel, compiled, type GivenAccount } from '../../lambdas/core/access/compiled-model.ts';
import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { IdentityAttributes, Timeline } from '../../lambdas/core/identity/timeline.ts';
import { heldAccounts } from '../reference/access.ts';
import { largeModel, personOf } from './large-company.ts';
import { cedarOf, jsonRulesOf, type RuleEngine } from './rule-engines.ts';

const IDENTITIES = 1_000_000;
/** Made, and let go, so many at a time; making them does not count. */
const CHUNK = 1_000;
/** So many are enough to tell what one takes where one takes milliseconds. */
const FEW = 100;
const NOW_MS = 1;
/** Milliseconds an identity at 8aecdff, at 1,000 profiles: the review that found it, of lambdas/core/desired-access.ts there. */
const BEFORE_MS = { least: 5, most: 7 };

/** As functions get it: read from JSON. */
function fromJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** Of everybody: nothing was taken back, and nobody outweighs anybody. */
const UNTOUCHED = {
  facts: [],
  mergedInto: undefined,
  rescinded: new Map(),
  outweighed: new Set<string>(),
  suspensions: [],
  standing: [],
};

function timelineOf(index: number): Timeline {
  const attributes: IdentityAttributes = fromJson(personOf(index));
  const factId = `fact-${index}`;
  const state = { status: 'active', joinedMs: 0, joinedBy: factId, attributes } as const;
  return { ...UNTOUCHED, changes: [{ atMs: 0, state, factId }] };
}

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Another program may have the core meanwhile: CPU time is what counts. */
function costOf(run: () => void): Cost {
  const [cpu, begunMs] = [process.cpuUsage(), performance.now()];
  run();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1_000, wallMs: performance.now() - begunMs };
}

const CALIBRATION_WORDS = 1 << 22;
const CALIBRATION_STEPS = 10_000_000;

/**
 * The same steps each time, from word to word of 16 MB, as whoever looks up what is remembered goes: a core that has others
 * beside it takes longer for them. So figures of two runs are comparable by what this took in each.
 */
function calibrate(): Cost {
  const words = Int32Array.from({ length: CALIBRATION_WORDS }, (_, index) => Math.imul(index + 1, 0x9e3779b1));
  let at = 0;
  const cost = costOf(() => {
    for (let step = 0; step < CALIBRATION_STEPS; step += 1)
      at = Math.imul(at ^ (words[at >>> 10] ?? 0), 0x85ebca6b) + step;
  });
  if (!Number.isInteger(at)) throw new Error('the steps are taken whole');
  return cost;
}

export async function printDecidingForEverybody(): Promise<void> {
  const model = fromJson(largeModel());
  console.log('\nWhat does it cost to decide for everybody?');
  console.log(
    '  1,000 profiles, 200 applications with 5,000 entitlements; every reason named; CPU time of one process',
  );
  const before = calibrate();
  const compiling = costOf(() => void new CompiledModel(model));
  const all = decideForAll(model);
  const calibrations = [before, calibrate()].map(({ cpuMs }) => `${cpuMs.toFixed(0)} ms`);
  const eachMs = all.cpuMs / IDENTITIES;
  line('at 8aecdff', `${BEFORE_MS.least} to ${BEFORE_MS.most}`, BEFORE_MS.least / eachMs);
  line('now', eachMs.toFixed(4), 1);
  const [cpu, wall] = [all.cpuMs, all.wallMs].map((ms) => (ms / 1_000).toFixed(1));
  console.log(`      ${IDENTITIES} identities in ${cpu} s (${wall} s by the clock), ${all.reasons} reasons in all`);
  console.log(`      ${CALIBRATION_STEPS} steps of nothing else took ${calibrations.join(' before it, ')} after it`);
  console.log(
    `      once: ${compiling.cpuMs.toFixed(1)} ms to compile; ${(compiled(model).rememberedBytes / 1e6).toFixed(0)} MB remembered`,
  );
  const plain = costOf(() => checkPlainly(model));
  line('read plainly (test/reference)', (plain.cpuMs / FEW).toFixed(3), plain.cpuMs / FEW / eachMs);
  for (const engine of [cedarOf(model), jsonRulesOf(model)]) {
    const ms = await engineMs(engine, model);
    line(engine.name, ms.toFixed(3), ms / eachMs);
  }
  console.log(
    `      the last three of ${FEW} identities each, whose answers are ours. The compared model asks for nothing`,
  );
  console.log('      in any case, for null or for numbers: Cedar cannot fold case, and neither knows null.');
}

function line(name: string, ms: string, ratio: number): void {
  console.log(`  ${name.padEnd(44)} ${ratio.toFixed(0).padStart(8)} x   (${ms} ms an identity)`);
}

function decideForAll(model: AccessModel): Cost & { readonly reasons: number } {
  let [cpuMs, wallMs, reasons] = [0, 0, 0];
  for (let from = 0; from < IDENTITIES; from += CHUNK) {
    const timelines = Array.from({ length: CHUNK }, (_, index) => timelineOf(from + index));
    const cost = costOf(() => {
      for (const timeline of timelines) reasons += countReasons(desiredAccess(timeline, model, NOW_MS).accounts);
    });
    cpuMs += cost.cpuMs;
    wallMs += cost.wallMs;
  }
  return { cpuMs, wallMs, reasons };
}

function countReasons(accounts: readonly GivenAccount[]): number {
  let count = 0;
  for (const { entitlements } of accounts) for (const { reasons } of entitlements) count += reasons.length;
  return count;
}

function checkPlainly(model: AccessModel): void {
  for (let index = 0; index < FEW; index += 1) {
    const held = heldAccounts(personOf(index), model).map(({ applicationId, entitlements }) => ({
      applicationId,
      entitlements: entitlements.map(({ entitlement, profiles }) => ({ entitlement, profiles })),
    }));
    requireSame('the plain reading', index, held, model);
  }
}

async function engineMs({ name, meets }: RuleEngine, model: AccessModel): Promise<number> {
  const expand = expanderOf(model);
  const people = Array.from(
    { length: FEW },
    (_, index) => fromJson(personOf(index)) as Readonly<Record<string, string>>,
  );
  for (const person of people.slice(0, 10)) await meets(person);
  const cpu = process.cpuUsage();
  const answers: unknown[] = [];
  for (const person of people) answers.push(expand(await meets(person)));
  const { user, system } = process.cpuUsage(cpu);
  for (const [index, answer] of answers.entries()) requireSame(name, index, answer, model);
  return (user + system) / 1_000 / FEW;
}

/** What profiles give, looked up without reading a condition: little beside what the engines take to find them. */
function expanderOf({ profiles, applications }: AccessModel) {
  const order = new Map(profiles.map(({ id, entitlements }, index) => [id, { index, entitlements }]));
  return (ids: readonly string[]) => {
    const givers = new Map<string, string[]>();
    const met = [...ids].sort((a, b) => (order.get(a)?.index ?? 0) - (order.get(b)?.index ?? 0));
    for (const id of met) {
      for (const reference of order.get(id)?.entitlements ?? [])
        givers.set(reference, [...(givers.get(reference) ?? []), id]);
    }
    const references = [...givers.keys()].sort();
    return applications.flatMap(({ id: applicationId }) => {
      const start = `${applicationId}:`;
      const entitlements = references
        .filter((reference) => reference.startsWith(start))
        .map((reference) => ({ entitlement: reference.slice(start.length), profiles: givers.get(reference) ?? [] }));
      return entitlements.length === 0 ? [] : [{ applicationId, entitlements }];
    });
  };
}

function requireSame(who: string, index: number, answer: unknown, model: AccessModel): void {
  const ours = desiredAccess(timelineOf(index), model, NOW_MS).accounts.map(({ applicationId, entitlements }) => ({
    applicationId,
    entitlements: entitlements.map(({ entitlement, reasons }) => ({
      entitlement,
      profiles: reasons.flatMap((reason) => (reason.type === 'birthright' ? reason.profile : [])),
    })),
  }));
  if (!isDeepStrictEqual(answer, ours)) throw new Error(`${who} decides otherwise for identity ${index}`);
}
