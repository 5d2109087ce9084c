import { describe, expect, it } from 'vitest';
import { auditKeyOf, DEPLOYMENT, subjectOf } from '../../../lambdas/core/audit/subject.ts';
import { identityIdSchema } from '../../../lambdas/core/identity/attributes.ts';

describe('what an entry is about', () => {
  it.each([
    [{ kind: 'application', id: 'chat' }, 'APPLICATION#chat'],
    [{ kind: 'hr-source', id: 'acme-hr' }, 'HR-SOURCE#acme-hr'],
    [{ kind: 'hold', id: '20261128T1200.acme-hr.1' }, 'HOLD#20261128T1200.acme-hr.1'],
    [{ kind: 'operator', id: 'auth0|a#b' }, 'OPERATOR#auth0|a#b'],
    [DEPLOYMENT, 'DEPLOYMENT#tenure'],
  ] as const)('%o lies under a key that no identity can have: %s', (subject, key) => {
    expect(auditKeyOf(subject)).toBe(key);
    expect(subjectOf(key)).toEqual(subject);
    expect(identityIdSchema.safeParse(key).success).toBe(false);
  });

  it('is an identity under its own id, as ever', () => {
    expect(auditKeyOf({ kind: 'identity', id: 'E1001' })).toBe('E1001');
    expect(subjectOf('E1001')).toEqual({ kind: 'identity', id: 'E1001' });
  });
});
