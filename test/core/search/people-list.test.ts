// The list of people, as it is written, read and searched.
import { describe, expect, it } from 'vitest';
import {
  nextListMs,
  PeopleIndex,
  type Person,
  personOf,
  readPeopleList,
  writePeopleList,
} from '../../../lambdas/core/search/people-list.ts';

const person = (identityId: string, name: string, above = ''): Person => {
  return { identityId, name, email: `${identityId.toLowerCase()}@acme.example`, above };
};
const PEOPLE = [
  person('E1', 'Grace Hopper'),
  person('E2', 'Ada Lovelace', 'E1'),
  person('E3', 'Ada King', 'E2'),
  person('svc', 'Ada the robot', 'E3'),
  person('E9', 'Ada Byron'),
];
const list = { madeMs: 7, people: PEOPLE, incomplete: false };

it('is read as it was written, by name', () => {
  const read = readPeopleList(writePeopleList(list));
  expect(read).toMatchObject({ madeMs: 7, incomplete: false });
  expect(read.people.map(({ name }) => name)).toEqual([
    'Ada Byron',
    'Ada King',
    'Ada Lovelace',
    'Ada the robot',
    'Grace Hopper',
  ]);
  expect(read.people).toEqual(expect.arrayContaining(PEOPLE));
});

it.each([
  ['cut off', (text: string) => text.slice(0, text.lastIndexOf('\n'))],
  ['of another version', (text: string) => text.replace('"version":1', '"version":2')],
  ['of other members', (text: string) => text.replace('["E9"', '["E9",1')],
])('is not read when it is %s', (_, change) => {
  expect(() => readPeopleList(change(writePeopleList(list)))).toThrow();
});

it('has what lists show of somebody, and no name that is an id', () => {
  const summary = { displayName: 'svc', email: 'a@acme.example', managerId: 'E1', ownerId: 'E2' };
  expect(personOf('svc', summary)).toEqual({ identityId: 'svc', name: '', email: 'a@acme.example', above: 'E2' });
});

it('is made every minute of a few, every 15 minutes of 100,000, every hour of whom there are more than enough', () => {
  expect(nextListMs({ madeMs: 0, people: 0 })).toBe(60_000);
  expect(nextListMs({ madeMs: 5, people: 100_000 })).toBe(900_005);
  expect(nextListMs({ madeMs: 0, people: 500_000 })).toBe(3_600_000);
});

describe('of the people who are found', () => {
  const index = new PeopleIndex(list);

  it('somebody finds those below them, at whatever distance, and nobody else', () => {
    expect(index.below('E1')).toEqual(new Set(['E2', 'E3', 'svc']));
    expect(index.find('ada', 9, { byName: index.below('E1') })).toEqual({ ids: ['E2', 'E3', 'svc'], more: false });
    expect(index.find('ada', 9, { byName: index.below('E9') })).toEqual({ ids: [], more: false });
  });

  it('whoever sees no names finds by ids, and by names those whose names they see', () => {
    expect(index.find('ada', 9, { byName: new Set(['E3']), byId: 'everybody' }).ids).toEqual(['E3']);
    expect(index.find('e', 9, { byName: new Set(), byId: 'everybody' }).ids).toEqual(['E1', 'E2', 'E3', 'E9']);
  });

  it('there may be more, of either kind', () => {
    expect(index.find('ada', 1, { byName: 'everybody' })).toEqual({ ids: ['E2'], more: true });
    expect(index.find('e', 2, { byName: new Set(), byId: 'everybody' })).toEqual({ ids: ['E1', 'E2'], more: true });
  });

  it('a circle of superiors ends', () => {
    const circle = new PeopleIndex({ people: [person('A', '', 'B'), person('B', '', 'A')] });
    expect(circle.below('A')).toEqual(new Set(['A', 'B']));
  });
});
