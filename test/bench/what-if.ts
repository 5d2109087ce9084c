// What a changed model and a morning's worth of HR events would do to a hundred thousand identities: CPU time of one
// process, against the five seconds that somebody may wait for an answer.
import type { Person } from '../../lambdas/core/access/person.ts';
import { roleInsight } from '../../lambdas/core/access/role-insight.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { modelChangeSchema } from '../../lambdas/core/hr/population-walk.ts';
import { whatIf } from '../../lambdas/core/hr/what-if.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { largeModel, personOf } from './large-company.ts';

const IDENTITIES = 100_000;
const MOVERS = 1_000;
const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const ALLOWED_MS = 5_000;

export async function printWhatIf(): Promise<void> {
  const before: AccessModel = JSON.parse(JSON.stringify(largeModel()));
  const profiles = before.profiles.map((profile, index) =>
    index % 10 === 0 ? { ...profile, entitlements: profile.entitlements.slice(1) } : profile,
  );
  const after: AccessModel = { ...before, hash: 'changed', profiles };
  const population = Array.from({ length: IDENTITIES }, (_, index): Person => {
    return { identityId: `E${index}`, status: 'active', attributes: personOf(index) };
  });
  const facts = Array.from({ length: MOVERS }, (_, index): Fact => {
    const { department } = personOf(index * 7 + 1);
    const told = { source: 'hr', sourceEventId: `m${index}`, recordedMs: NOW_MS, receivedMs: NOW_MS };
    const attributes = department === undefined ? {} : { department };
    const effectiveAt = '2026-11-23T11:00:00Z';
    return {
      ...told,
      factId: `hr:m${index}`,
      identityId: `E${index * 100}`,
      type: 'mover',
      effectiveAt,
      attributes,
    } as Fact;
  });
  const settings = { guard: massErrorGuardSchema.parse({}), modelChange: modelChangeSchema.parse({}) };
  console.log('\nWhat would happen to 100,000 identities × 200 applications × 1,000 profiles × 5,000 entitlements?');
  for (const [name, asked] of [
    ['a tenth of the profiles gives one entitlement less', { before, after, facts: [] }],
    ['1,000 movers', { before, after: before, facts }],
    ['both', { before, after, facts }],
  ] as const) {
    const cpu = process.cpuUsage();
    const { plan, people, held } = whatIf({ population, nowMs: NOW_MS, ...settings, ...asked });
    const { user, system } = process.cpuUsage(cpu);
    const ms = Math.round((user + system) / 1_000);
    const verdict = Object.keys(held).join(' and ') || 'nothing';
    console.log(
      `  ${name}: ${ms} ms of CPU, ${(ms / ALLOWED_MS).toFixed(2)} of what is allowed; ${people.length} of ${plan.population} are affected, held: ${verdict}`,
    );
  }
}

/** Of the people, so many were given something by a decision. */
const ASKING = 10;
const FACTOR = 4;

/** What the same company says about its model, and how that grows: CPU time of one process, four times as many against once. */
export async function printRoleInsight(): Promise<void> {
  const model = largeModel();
  const [{ id = '', entitlements = [] } = {}] = model.applications;
  const populationOf = (count: number) =>
    Array.from({ length: count }, (_, index): Person => {
      const asked = entitlements[index % entitlements.length]?.id ?? '';
      const granted = index % ASKING === 0 ? [`${id}:${asked}`] : [];
      return { identityId: `E${index}`, status: 'active', attributes: personOf(index), granted };
    });
  const measure = (count: number) => {
    const population = populationOf(count);
    const cpu = process.cpuUsage();
    const { asked, together, unheld, outliers } = roleInsight(population, model);
    const { user, system } = process.cpuUsage(cpu);
    const found = [unheld, together, asked, outliers].map(({ length }) => length);
    return { ms: Math.round((user + system) / 1_000), found };
  };
  measure(IDENTITIES / FACTOR);
  const few = measure(IDENTITIES / FACTOR);
  const many = measure(IDENTITIES);
  console.log('\nWhat do 100,000 identities say about a model of 1,000 profiles and 5,000 entitlements?');
  console.log(
    `  ${many.ms} ms of CPU, ${(many.ms / few.ms).toFixed(2)} x those of a quarter of them; found ${many.found.join(', ')}`,
  );
}
