// The compiled access model and a plain reading of it give the same access for the same reasons: any model, any attributes,
// in whatever order they are asked for, and however little is remembered in between.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompiledModel } from '../../lambdas/core/access/compiled-model.ts';
import { type DesiredAccess, desiredAccessInState } from '../../lambdas/core/access/desired-access.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { AttributeValue } from '../../lambdas/core/access-model/event-pattern.ts';
import { eventPatternSchema } from '../../lambdas/core/access-model/event-pattern-schema.ts';
import type { IdentityAttributes, IdentityState } from '../../lambdas/core/identity/timeline.ts';
import { heldAccounts } from './access.ts';
import { randomAttributes, randomModel, randomPattern } from './random-models.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Models know more of attributes than HR sends today: numbers, say. */
const asSent = (attributes: Attributes) => attributes as unknown as IdentityAttributes;

function employed(attributes: Attributes, fact: string, status: 'active' | 'suspended' = 'active'): IdentityState {
  return { status, joinedMs: 0, joinedBy: fact, attributes: asSent(attributes) };
}

function plainly(attributes: Attributes, model: AccessModel, fact: string, enabled: boolean) {
  return heldAccounts(asSent(attributes), model).map(({ applicationId, entitlements }) => ({
    applicationId,
    enabled,
    joinedBy: fact,
    entitlements: entitlements.map(({ entitlement, profiles }) => ({
      entitlement,
      reasons: profiles.map((profile) => ({ type: 'birthright', profile })),
    })),
  }));
}

const APPLICATION = { id: 'crm', name: 'CRM', connector: 'scim', owner: 'E0', settings: {} };
const entitlement = (id: string) => ({ id, name: id, grant: id, privileged: false });

const everybody = fc.array(randomAttributes, { minLength: 1, maxLength: 20, size: 'max' });

/** What is held, by application and entitlement, with the profiles that give it. */
function heldOf(compiled: CompiledModel, attributes: Attributes) {
  return compiled
    .givenTo(attributes)
    .accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.flatMap(({ entitlement, reasons }) =>
        reasons.map((reason) => ({ applicationId, entitlement, profile: 'profile' in reason && reason.profile })),
      ),
    );
}

function plainlyHeld(attributes: Attributes, model: AccessModel) {
  return heldAccounts(asSent(attributes), model).flatMap(({ applicationId, entitlements }) =>
    entitlements.flatMap(({ entitlement, profiles }) =>
      profiles.map((profile) => ({ applicationId, entitlement, profile })),
    ),
  );
}

/** Each account with what is said of all of them at once. */
function inFull({ enabled, joinedBy, accounts }: DesiredAccess) {
  return accounts.map((account) => ({ ...account, enabled, joinedBy }));
}

describe('the compiled model', () => {
  it('gives what a plain reading gives, with every reason, to whoever is asked for, again and again', () => {
    let held = 0;
    fc.assert(
      fc.property(randomModel, everybody, (model, people) => {
        const asked = [...people, ...people.toReversed()].map((attributes, index) => ({
          attributes,
          fact: `fact-${index}`,
          active: index % 5 !== 0,
        }));
        const desired = asked.map(({ attributes, fact, active }) =>
          desiredAccessInState(employed(attributes, fact, active ? 'active' : 'suspended'), model),
        );
        const expected = asked.map(({ attributes, fact, active }) => plainly(attributes, model, fact, active));
        expect(desired.map(inFull)).toEqual(expected);
        held += expected.filter((accounts) => accounts.length > 0).length;
      }),
      { numRuns: 100 },
    );
    expect(held, 'otherwise hardly anything was compared').toBeGreaterThan(500);
  });

  it('gives the same however little it may remember', () => {
    fc.assert(
      fc.property(randomModel, everybody, fc.constantFrom(0, 1_000, 5_000), (model, people, maximumBytes) => {
        const forgetful = new CompiledModel(model, maximumBytes);
        const asked = [...people, ...people.toReversed()];
        const remembered: number[] = [];
        const held = asked.map((attributes) => {
          const answer = heldOf(forgetful, attributes);
          remembered.push(forgetful.rememberedBytes);
          return answer;
        });
        expect(held).toEqual(asked.map((attributes) => plainlyHeld(attributes, model)));
        expect(Math.max(...remembered)).toBeLessThanOrEqual(maximumBytes);
      }),
      { numRuns: 40 },
    );
  });

  it('tells two sets of profiles apart that have the same hash', () => {
    // Found by trying: their words meet in all 32 bits.
    const sets = { one: [12, 29, 30, 31], other: [12, 46, 48, 61, 63] };
    const model: AccessModel = {
      hash: 'colliding',
      applications: [
        { ...APPLICATION, entitlements: Array.from({ length: 64 }, (_, index) => entitlement(`e-${index}`)) },
      ],
      profiles: Array.from({ length: 64 }, (_, index) => ({
        id: `p-${index}`,
        name: `P ${index}`,
        when: { title: ['nobody', ...Object.keys(sets).filter((title) => sets[title as 'one'].includes(index))] },
        entitlements: [`crm:e-${index}`],
      })),
    };
    for (const title of ['one', 'other', 'one'] as const) {
      const accounts = inFull(desiredAccessInState(employed({ title }, 'f'), model));
      expect(accounts).toEqual(plainly({ title }, model, 'f', true));
      expect(accounts.flatMap(({ entitlements }) => entitlements)).toHaveLength(sets[title].length);
    }
  });

  it('is compared over patterns that a model may have', () => {
    fc.assert(fc.property(randomPattern(), (pattern) => eventPatternSchema.safeParse(pattern).success));
  });
});
