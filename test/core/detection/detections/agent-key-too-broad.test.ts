import { expect, it } from 'vitest';
import { agentKeyTooBroad as detection } from '../../../../lambdas/core/detection/detections/agent-key-too-broad.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

const key = (change: object, more = {}) =>
  activity({
    by: 'bob',
    on: 'agent',
    in: 'agent-tools',
    action: 'key-create',
    change: { grants: [], ...change },
    ...more,
  });

it.each([
  ['on a key that may do everything', key({ unlimited: true }), 'high'],
  ['on a scope that no reason gives', key({ scopes: ['tool:search', 'tool:refund'] }), 'medium'],
  ['on one that the agent makes itself', key({ unlimited: true }, { by: 'agent', on: undefined }), 'high'],
  ['on a service account', key({ unlimited: true }, { on: 'pipeline', in: 'aws' }), 'high'],
])('fires %s', (_, record, severity) => {
  expect(findingOf(detection, record)).toMatchObject({ severity, response: 'alert' });
});

it.each([
  ['on a key within its profile', key({ scopes: ['tool:search'] })],
  ['on scopes of which the model knows nothing', key({ scopes: ['models:read'] })],
  ['on a person', key({ unlimited: true }, { on: 'ada' })],
  ['on what failed', key({ unlimited: true }, { outcome: 'failure' })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});
