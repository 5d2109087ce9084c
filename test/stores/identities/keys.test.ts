// Keys in the identities table: whose they are cannot be mixed up, and the sweep's index is spread.
import { expect, it } from 'vitest';
import {
  accountLookup,
  emailLookup,
  eventKey,
  NEXT_CHECK_SHARDS,
  shardOf,
  waitingKey,
} from '../../../lambdas/stores/identities/keys.ts';

it('spreads identities over all shards of the sweep’s index, each always in the same', () => {
  const ids = Array.from({ length: 1_600 }, (_, index) => `E${index}`);
  const counts = new Map(NEXT_CHECK_SHARDS.map((shard) => [shard, 0]));
  for (const id of ids) counts.set(shardOf(id), (counts.get(shardOf(id)) ?? 0) + 1);
  expect(counts.size).toBe(NEXT_CHECK_SHARDS.length);
  // A hundred each, were they spread perfectly.
  for (const count of counts.values()) expect(count).toBeGreaterThan(50);
});

it('keeps apart what is somebody else’s', () => {
  expect(eventKey('acme', '1')).not.toEqual(eventKey('other', '1'));
  expect(accountLookup('chat', 'u-1')).not.toBe(accountLookup('crm', 'u-1'));
  expect(waitingKey('E1', 'a').sk).not.toBe(waitingKey('E1', 'b').sk);
  expect(emailLookup('Ada@Acme.example')).toBe(emailLookup('ada@acme.EXAMPLE'));
});

it('holds neither addresses nor tokens nor ids of any length', () => {
  expect(emailLookup('ada@acme.example')).not.toContain('ada');
  expect(waitingKey('E1', 'secret-token').sk).not.toContain('secret-token');
  expect(accountLookup('chat', 'u'.repeat(5_000)).length).toBeLessThan(200);
});
