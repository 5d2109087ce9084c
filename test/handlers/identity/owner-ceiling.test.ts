// What changes for an owner changes what their agents may hold: real handlers and state machines over systems in memory.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { accessGranted, joiner, leaver, mover } from '../../support/facts.ts';
import { telling } from '../../support/telling.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const LIMITED: AccessModel = {
  ...MODEL,
  applications: MODEL.applications.filter(({ connector }) => connector !== 'manual'),
  nonHuman: { 'ai-agent': { holdsNoMoreThanOwner: true } },
};

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const person = (id: string, attributes = {}, told = {}) =>
  of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', ...attributes }, told));
const agent = (owner: string, attributes = {}) =>
  of(
    'agent',
    joiner('2026-02-01', {
      ...{ kind: 'ai-agent', email: 'agent@acme.example', owner, department: 'Sales', endsAt: '2027-12-01' },
      ...attributes,
    }),
  );

function company(model = LIMITED) {
  const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
  const world: World = new World({ model, retryPolicy });
  const heldBy = (identityId = 'agent') => [...(world.systems.get('chat')?.accountOf(identityId)?.grants ?? [])].sort();
  return { world, heldBy, ...telling(world, time) };
}

it('an agent loses what its owner loses, and has it again when the owner has', async () => {
  const { tell, heldBy } = company();
  await tell(person('E1'), agent('E1'));
  const both = heldBy();
  expect(both).toEqual(heldBy('E1'));
  await tell(of('E1', mover('2026-11-20', { department: 'Finance' }, { id: 'moved' })));
  expect(heldBy()).toEqual(heldBy('E1'));
  expect(heldBy()).not.toEqual(both);
  await tell(of('E1', mover('2026-11-21', { department: 'Sales' }, { id: 'back' })));
  expect(heldBy()).toEqual(both);
});

it('an agent is given nothing that its owner does not hold', async () => {
  const { tell, heldBy } = company();
  await tell(person('E1', { department: 'Finance' }), agent('E1'));
  expect(heldBy()).toEqual(heldBy('E1'));
});

it('whoever takes an agent over is the one who limits it', async () => {
  const { tell, heldBy } = company();
  await tell(person('E7', { department: 'Finance' }), person('E1', { manager: 'E7' }), agent('E1'));
  expect(heldBy()).toEqual(heldBy('E1'));
  await tell(of('E1', leaver('2026-11-22')));
  expect(heldBy()).toEqual(heldBy('E7'));
});

it('what its owner has for a time it has for as long', async () => {
  const { tell, heldBy } = company();
  const room = 'chat:sales-room';
  const forOwner = accessGranted(room, '2026-11-23T09:00:00Z', '2026-11-24T09:00:00Z');
  await tell(person('E1', { department: 'Finance' }), agent('E1'));
  expect(heldBy()).not.toContain('sales-room');
  await tell(of('E1', forOwner));
  expect(heldBy()).toContain('sales-room');
  await time.runUntil(Date.parse('2026-11-24T09:10:00Z'));
  expect(heldBy()).not.toContain('sales-room');
});

it('an agent that is suspended loses what it kept when whoever it was given to leaves as well', async () => {
  const { tell, heldBy } = company();
  await tell(person('E1'), person('E2'), agent('E1'));
  await tell(of('E1', leaver('2026-11-21', { id: 'gone' })));
  expect(heldBy()).toEqual([]);
  await tell(of('agent', mover('2026-11-22', { owner: 'E2' }, { id: 'given' })));
  expect(heldBy()).toEqual(heldBy('E2'));
  await tell(of('E2', leaver('2026-11-22', { id: 'gone-too' })));
  expect(heldBy()).toEqual([]);
});

it('an agent that nobody took over holds what its owner has once they are back', async () => {
  const { tell, heldBy } = company();
  await tell(person('E1'), agent('E1'));
  const both = heldBy();
  const hired = { email: 'E1@acme.example', department: 'Sales' };
  // Known before they leave: nothing is told when the day comes.
  await tell(of('E1', joiner('2026-11-24', hired, { id: 'again' })));
  await tell(of('E1', leaver('2026-11-22', { id: 'gone' })));
  expect(heldBy()).toEqual([]);
  await time.runUntil(Date.parse('2026-11-24T10:00:00Z'));
  expect(heldBy('E1')).not.toEqual([]);
  expect(heldBy()).toEqual(both);
});

it('what its owner hands over after a move it has for as long', async () => {
  const handover = { days: 10 / 1_440 };
  const applications = LIMITED.applications.map((application) => ({
    ...application,
    entitlements: application.entitlements.map((one) => (one.id === 'sales-room' ? { ...one, handover } : one)),
  }));
  const { world, tell, heldBy } = company({ ...LIMITED, applications });
  await tell(person('E1'), agent('E1'));
  await tell(of('E1', mover(new Date(time.nowMs).toISOString(), { department: 'Finance' }, { id: 'moved' })));
  expect([heldBy('E1'), heldBy()]).toEqual([
    expect.arrayContaining(['sales-room']),
    expect.arrayContaining(['sales-room']),
  ]);
  await time.runUntil(time.nowMs + 15 * 60_000);
  world.sweep();
  await time.runUntil(time.nowMs + 60_000);
  expect(heldBy('E1')).not.toContain('sales-room');
  expect(heldBy()).toEqual(heldBy('E1'));
});
