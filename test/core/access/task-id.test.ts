// A task's id: found from it, and derived from what is to be done.
import { expect, it } from 'vitest';
import type { Step } from '../../../lambdas/core/access/difference.ts';
import { identityOfTask, taskIdOf } from '../../../lambdas/core/access/task-id.ts';

const grant = (name: string, fact = 'f'): Step => ({
  action: 'grant',
  grant: name,
  entitlement: name,
  privileged: false,
  reasons: [{ type: 'birthright', profile: 'p', fact }],
});

it('says whose it is', () => {
  const taskId = taskIdOf('svc.backup@acme', 'badge', [grant('door')], 0);
  expect(taskId).toMatch(/^svc\.backup@acme~badge~[0-9a-f]{12}$/);
  expect(identityOfTask(taskId)).toBe('svc.backup@acme');
});

it('is the same for the same work, whatever the reason, and another for other work or once more', () => {
  const taskId = taskIdOf('E1', 'badge', [grant('door')], 0);
  expect(taskIdOf('E1', 'badge', [grant('door', 'other fact')], 0)).toBe(taskId);
  expect(taskIdOf('E1', 'badge', [grant('gate')], 0)).not.toBe(taskId);
  expect(taskIdOf('E1', 'badge', [grant('door')], 1)).not.toBe(taskId);
});

it.each(['', 'E1', 'E1~badge', 'E1~badge~xyz', '~badge~0123456789ab', 'E1~a~b~0123456789ab'])('is not %j', (text) => {
  expect(identityOfTask(text)).toBeUndefined();
});
