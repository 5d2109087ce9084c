// Conditions as people read them.
import { expect, it } from 'vitest';
import { describePattern } from '../../../lambdas/core/access-model/describe-pattern.ts';
import type { EventPattern } from '../../../lambdas/core/access-model/event-pattern.ts';
import { eventPatternSchema } from '../../../lambdas/core/access-model/event-pattern-schema.ts';

it.each<[EventPattern, string]>([
  [{ kind: ['employee'] }, 'kind is employee'],
  [{ kind: [{ exists: true }] }, 'kind is there'],
  [{ manager: [{ exists: false }, null] }, 'manager is null or is not there'],
  [
    { department: ['Sales', 'Marketing'], title: [{ prefix: 'Senior' }] },
    'department is Sales or Marketing and title begins with Senior',
  ],
  [{ title: [{ suffix: { 'equals-ignore-case': 'lead' } }] }, 'title ends with lead in any case'],
  [
    { title: [{ 'equals-ignore-case': 'cto' }, { wildcard: 'Head of *' }] },
    'title is cto in any case or is like Head of *',
  ],
  [{ location: [{ 'anything-but': ['Berlin', 'Paris'] }] }, 'location is there and is not Berlin or Paris'],
  [{ location: [{ 'anything-but': '' }] }, 'location is there and is not empty'],
  [
    { title: [{ 'anything-but': { prefix: ['Intern', 'Trainee'] } }] },
    'title is there and does not begin with Intern or Trainee',
  ],
  [{ title: [{ 'anything-but': { prefix: 'Head of ' } }] }, 'title is there and does not begin with "Head of "'],
  [{ title: [{ suffix: { 'equals-ignore-case': ' lead' } }] }, 'title ends with " lead" in any case'],
  [{ title: [{ 'anything-but': { suffix: 'x' } }] }, 'title is there and does not end with x'],
  [{ title: [{ 'anything-but': { wildcard: 'a*' } }] }, 'title is there and is not like a*'],
  [{ title: [{ 'anything-but': { 'equals-ignore-case': 'a' } }] }, 'title is there and is not a in any case'],
  [{ costCenter: [{ numeric: ['>', 0, '<=', 5] }] }, 'costCenter is above 0 and is at most 5'],
  [{ costCenter: [{ numeric: ['=', 7] }, { numeric: ['>=', 9] }] }, 'costCenter is 7 or is at least 9'],
  [
    { kind: ['employee'], $or: [{ location: ['Berlin'] }, { title: ['Lead'], department: ['IT'] }] },
    'kind is employee and ((location is Berlin) or (title is Lead and department is IT))',
  ],
])('%j', (pattern, line) => {
  expect(eventPatternSchema.safeParse(pattern).success).toBe(true);
  expect(describePattern(pattern)).toBe(line);
});
