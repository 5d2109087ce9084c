import { expect, it } from 'vitest';
import { agentToolOutsideProfile as detection } from '../../../../lambdas/core/detection/detections/agent-tool-outside-profile.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

const call = (grants: readonly string[], more = {}) =>
  activity({ by: 'agent', in: 'agent-tools', action: 'tool-use', change: { grants }, ...more });

it.each([
  ['on a tool that no reason gives', call(['tool:refund']), 'high', true],
  ['on a tool that the model does not know', call(['tool:shell']), 'high', false],
  ['low where it was refused', call(['tool:refund'], { outcome: 'failure' }), 'low', true],
])('fires %s', (_, record, severity, inModel) => {
  expect(findingOf(detection, record)).toMatchObject({
    severity,
    response: 'suspend',
    evidence: { inModel, owner: 'bob' },
  });
});

it.each([
  ['on a tool of its profile', call(['tool:search'])],
  ['on one that is told with its server', call(['mcp.example', 'TOOL:SEARCH'])],
  ['on a person', call(['tool:refund'], { by: 'ada' })],
  ['on a service account', call(['tool:refund'], { by: 'pipeline' })],
  ['where the tool is not told', call([])],
  ['where the application is not in the model', call(['tool:refund'], { in: 'elsewhere' })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});
