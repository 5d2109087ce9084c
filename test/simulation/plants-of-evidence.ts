// Planted faults of what is said afterwards: certificates, proofs, and the audit log.
import type { AuditEntry, AuditEvent } from '../../lambdas/core/audit/audit.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { inCertificates, inEntries, inStore, inSystems, type Plant } from './planting.ts';

const HOUR_MS = 3_600_000;

function isOf(type: AuditEvent['type']) {
  return ({ event }: AuditEntry) => event.type === type;
}

function withoutEntries(type: AuditEvent['type']): (entries: readonly AuditEntry[]) => readonly AuditEntry[] {
  return (entries) => entries.filter((entry) => !isOf(type)(entry));
}

export const EVIDENCE_PLANTS: readonly Plant[] = [
  inCertificates('certificates-list-nothing', 'a certificate leaves out what was removed', (certificate) => ({
    ...certificate,
    applications: certificate.applications.map((application) => ({ ...application, removed: [] })),
  })),
  inCertificates('certificate-forgets-a-system', 'a certificate leaves out a system', (certificate) => ({
    ...certificate,
    applications: certificate.applications.slice(1),
  })),
  inCertificates('certificate-ends-too-early', 'access is said to end with the employment', (certificate) => ({
    ...certificate,
    lastAccessAt: certificate.lastAccessAt && certificate.departedAt,
    applications: certificate.applications.map((one) => ({
      ...one,
      lastAccessAt: one.lastAccessAt && certificate.departedAt,
    })),
  })),
  inCertificates('everything-deleted', 'an account that is only disabled is called deleted', (certificate) => ({
    ...certificate,
    applications: certificate.applications.map((application) => ({ ...application, outcome: 'deleted' })),
  })),
  inCertificates('read-before-the-departure', 'what was known before the departure is certified', (certificate) => ({
    ...certificate,
    applications: certificate.applications.map((one) => ({
      ...one,
      verifiedAt: toIso(Date.parse(certificate.departedAt) - HOUR_MS),
    })),
  })),
  inCertificates('departed-when-it-suits', 'the departure is dated by when the removal began', (certificate) => ({
    ...certificate,
    departedAt: certificate.startedAt,
  })),
  inCertificates('evidence-made-up', 'a certificate rests on entries that there are not', (certificate) => ({
    ...certificate,
    applications: certificate.applications.map((application) => ({ ...application, verifiedBy: ['made-up'] })),
  })),
  inStore('certificate-not-written', 'a removal is called proven, and nothing says so', () => ({ accounts }) => ({
    accounts: { saveRemoval: ({ certificate: _left, ...input }) => accounts.saveRemoval(input) },
  })),
  inStore('reopening-forgotten', 'what was closed once stays closed, whatever a late call opened', () => {
    const closed = new Map<string, number>();
    return ({ accounts }) => ({
      accounts: {
        saveAccount: ({ identityId, account, audit }) => {
          const name = `${identityId} ${account.applicationId}`;
          const closedMs = account.closedMs && (closed.get(name) ?? account.closedMs);
          if (closedMs !== undefined) closed.set(name, closedMs);
          return accounts.saveAccount({ identityId, account: { ...account, closedMs }, audit });
        },
      },
    });
  }),
  {
    flag: 'proof-by-silence',
    mistake: 'what does not answer is taken for gone',
    apply: () => (dependencies) => ({
      ...dependencies,
      connect: async (application, purpose) => {
        const connected = await dependencies.connect(application, purpose);
        if (connected.kind === 'manual' || purpose !== 'prove') return connected;
        return { ...connected, target: { ...connected.target, findAccount: async () => undefined } };
      },
    }),
  },
  inSystems('sessions-not-looked-at', 'whoever is signed in stays so', () => (target) => {
    const { endSessions: _left, ...rest } = target;
    return {
      ...rest,
      findAccount: async (key) => {
        const account = await target.findAccount(key);
        return account && { ...account, openSessions: 0 };
      },
    };
  }),
  inSystems('page-not-read', 'of what an account holds only the first page is read', () => (target) => ({
    ...target,
    findAccount: async (key) => {
      const account = await target.findAccount(key);
      return account && { ...account, grants: account.grants.slice(0, 1) };
    },
  })),
  inEntries('changes-not-told', 'what was done is not written down', withoutEntries('access-changed')),
  inEntries('proof-not-told', 'a proof is not written down', withoutEntries('removal-proven')),
  inEntries('effect-not-told', 'an instant that came is not written down', withoutEntries('took-effect')),
  inEntries('fence-not-told', 'work is stopped and nobody can tell why', withoutEntries('work-fenced-off')),
  inEntries('told-twice', 'one change is told as two', (entries) => [
    ...entries,
    ...entries.filter(isOf('access-changed')).map((entry) => ({ ...entry, entryId: `${entry.entryId}:again` })),
  ]),
  inEntries('read-back-made-up', 'what was wanted is told as what was read', (entries) =>
    entries.map((entry) =>
      entry.event.type === 'access-read-back'
        ? { ...entry, event: { ...entry.event, observed: { enabled: true, grants: [], openSessions: 0 } } }
        : entry,
    ),
  ),
  inEntries('said-by-nobody', 'the word of HR is told as that of Tenure', (entries) =>
    entries.map((entry) =>
      isOf('fact-recorded')(entry) ? { ...entry, actor: { type: 'tenure', id: 'append-fact' } } : entry,
    ),
  ),
  inEntries('trigger-forgotten', 'nobody can tell what set a change off', (entries) =>
    entries.map(({ trigger: _left, ...entry }) => entry),
  ),
  inEntries('reasons-forgotten', 'nobody can tell why access was given', (entries) =>
    entries.map((entry) =>
      entry.event.type === 'access-intended'
        ? { ...entry, event: { ...entry.event, steps: entry.event.steps.map((step) => ({ ...step, reasons: [] })) } }
        : entry,
    ),
  ),
];
