// The page that HR teams read says what intake takes.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  HR_EVENT_TYPES,
  hrEventSchemas,
  MAXIMUM_CLOCK_AHEAD_MS,
  MAXIMUM_IMMEDIATE_AGE_MS,
  readHrEvent,
} from '../../lambdas/core/hr/hr-event.ts';
import { attributesSchema, IDENTITY_KINDS } from '../../lambdas/core/identity/attributes.ts';

const page = readFileSync(new URL('../../docs/reference/hr-events.md', import.meta.url), 'utf8');
const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');

it('shows an event that intake accepts, with every attribute but the owner and the purpose of what is no person', () => {
  expect(readHrEvent(example, 'acme-hr', '', Date.parse(example.time))).toMatchObject({ event: { subject: 'E1001' } });
  const shown = Object.keys(example.data.attributes);
  expect(Object.keys(attributesSchema.shape).filter((name) => !shown.includes(name))).toEqual(['owner', 'purpose']);
});

it.each(HR_EVENT_TYPES)('describes all that %s may hold', (type) => {
  const row = new RegExp(`^\\| \`${type}\` \\| (.*) \\|$`, 'm').exec(page)?.[1] ?? '';
  for (const name of Object.keys(hrEventSchemas[type].shape.data.shape)) expect(row).toContain(`\`${name}`);
});

it('states how far off a clock may be', () => {
  expect(page).toContain(`more than ${MAXIMUM_CLOCK_AHEAD_MS / 60_000} minutes ahead`);
  expect(page).toContain(`more than ${MAXIMUM_IMMEDIATE_AGE_MS / 86_400_000} days behind`);
});

it('names every kind of identity', () => {
  for (const kind of IDENTITY_KINDS) expect(page).toContain(`\`${kind}\``);
});
