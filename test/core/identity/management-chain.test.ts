// Who answers for an identity: the next one up who is there, however the chain is made.
import { describe, expect, it } from 'vitest';
import {
  effectiveManager,
  MAXIMUM_CHAIN,
  type Superior,
  superiorsFrom,
} from '../../../lambdas/core/identity/management-chain.ts';

const chain = (...superiors: readonly Superior[]) => {
  const known = new Map(superiors.map((superior) => [superior.identityId, superior]));
  const looked: string[] = [];
  const from = async (nearest: string | undefined) => {
    const found = await superiorsFrom(nearest, async (identityId) => {
      looked.push(identityId);
      return known.get(identityId);
    });
    return found.map(({ identityId }) => identityId);
  };
  return { from, looked };
};
const one = (identityId: string, above: string | undefined, employed = true): Superior => ({
  identityId,
  employed,
  above,
});

describe('the chain', () => {
  it('is read upwards, departed ones included', async () => {
    const { from } = chain(one('E1', 'E2'), one('E2', 'E3', false), one('E3', undefined));
    expect(await from('E1')).toEqual(['E1', 'E2', 'E3']);
    expect(await from('E3')).toEqual(['E3']);
    expect(await from(undefined)).toEqual([]);
  });

  it('ends at one who is not known, and where it bites its own tail', async () => {
    expect(await chain(one('E1', 'E2')).from('E1')).toEqual(['E1']);
    const circle = chain(one('E1', 'E2'), one('E2', 'E1'));
    expect(await circle.from('E1')).toEqual(['E1', 'E2']);
    expect(circle.looked).toEqual(['E1', 'E2']);
    expect(await chain(one('E1', 'E1')).from('E1')).toEqual(['E1']);
  });

  it('is read no further than twelve', async () => {
    const long = (length: number) => chain(...Array.from({ length }, (_, at) => one(`E${at}`, `E${at + 1}`)));
    expect(MAXIMUM_CHAIN).toBe(12);
    expect(await long(12).from('E0')).toHaveLength(12);
    const longer = long(13);
    expect(await longer.from('E0')).toHaveLength(12);
    expect(longer.looked).toHaveLength(12);
  });
});

it('the manager is the nearest who is there; nobody, where nobody is', () => {
  const departed = one('E1', 'E2', false);
  expect(effectiveManager([departed, one('E2', 'E3'), one('E3', undefined)])).toBe('E2');
  expect(effectiveManager([departed])).toBeUndefined();
  expect(effectiveManager([])).toBeUndefined();
});
