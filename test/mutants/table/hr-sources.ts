// Mistakes in what HR systems send: who sent it, and what it says.
import { inFile, type Mutant } from '../mutant.ts';

const WEBHOOKS = ['test/outbound/standard-webhooks.test.ts'] as const;
const BAMBOO = ['test/hr-sources/bamboohr.test.ts', 'test/handlers/hr/fetch-people.test.ts'] as const;
const INTAKE = ['test/handlers/hr/receive-hr-event.test.ts'] as const;

export const HR_SOURCE_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/outbound/standard-webhooks.ts',
    {
      id: 'replay-for-ever',
      find: 'Math.abs(nowMs - sentMs) > TOLERANCE_MS',
      replace: 'sentMs - nowMs > TOLERANCE_MS',
      breaks: 'a delivery that was recorded on its way is sent again for years',
      suites: WEBHOOKS,
    },
    {
      id: 'tolerance-off-by-one',
      find: 'Math.abs(nowMs - sentMs) > TOLERANCE_MS',
      replace: 'Math.abs(nowMs - sentMs) >= TOLERANCE_MS',
      breaks: 'five minutes are not taken for five minutes',
      suites: WEBHOOKS,
    },
    {
      id: 'first-secret-only',
      find: 'secrets.map((secret) =>',
      replace: 'secrets.slice(0, 1).map((secret) =>',
      breaks: 'during a rotation senders are refused',
      suites: WEBHOOKS,
    },
    {
      id: 'first-signature-only',
      find: '.slice(0, MAXIMUM_SIGNATURES)',
      replace: '.slice(0, 1)',
      breaks: 'a sender that rotates is refused',
      suites: WEBHOOKS,
    },
    {
      id: 'invalid-bytes-signed',
      find: 'fatal: true, ignoreBOM: true',
      replace: 'fatal: false, ignoreBOM: true',
      breaks: 'other bytes than were signed are taken as signed',
      suites: WEBHOOKS,
    },
    {
      id: 'body-moves-into-id',
      find: '/^[\\w.~:@+=/-]{1,256}$/',
      replace: '/^.{1,256}$/',
      breaks: 'the border between id and body moves under one signature',
      suites: WEBHOOKS,
    },
  ),
  ...inFile('lambdas/outbound/constant-time.ts', {
    id: 'prefix-is-enough',
    find: 'a.length === b.length && timingSafeEqual(a, b)',
    replace: 'timingSafeEqual(a.subarray(0, b.length), b.subarray(0, a.length))',
    breaks: 'the first bytes of a signature are enough',
    suites: WEBHOOKS,
  }),
  ...inFile(
    'lambdas/hr-sources/cloud-events.ts',
    {
      id: 'batch-of-101',
      find: 'values.length > MAXIMUM_BATCH_EVENTS',
      replace: 'values.length > MAXIMUM_BATCH_EVENTS + 1',
      breaks: 'the bound on a batch is not where it is said to be',
      suites: INTAKE,
    },
    {
      id: 'half-a-batch',
      find: 'if (faults.length > 0) throw invalid(faults);',
      replace: 'if (events.length === 0) throw invalid(faults);',
      breaks: 'of a batch with a wrong event the right ones are accepted: half-done',
      suites: INTAKE,
    },
    {
      id: 'pointer-without-place',
      find: 'const pointer = batch ? `/${index}` : ',
      replace: "const pointer = batch ? '/0' : ",
      breaks: 'a fault is blamed on the first event of its batch',
      suites: INTAKE,
    },
    {
      id: 'parser-quotes-the-body',
      find: "throw invalid([{ pointer: '', detail: 'expected JSON (RFC 8259)' }]);",
      replace: "throw invalid([{ pointer: '', detail: `expected JSON: ${body.toString()}` }]);",
      breaks: 'personal data is in an answer',
      suites: ['test/hr-sources/cloud-events.test.ts'],
    },
  ),
  ...inFile(
    'lambdas/hr-sources/bamboohr.ts',
    {
      id: 'bamboo-replay',
      find: 'Math.abs(nowMs - Number(timestamp) * 1_000) > TOLERANCE_MS',
      replace: 'Number(timestamp) * 1_000 - nowMs > TOLERANCE_MS',
      breaks: 'an old webhook is taken again',
      suites: BAMBOO,
    },
    {
      id: 'bamboo-timestamp-unsigned',
      find: '.update(body).update(timestamp)',
      replace: '.update(body)',
      breaks: 'every genuine webhook is refused',
      suites: BAMBOO,
    },
    {
      id: 'inactive-stays',
      find: "status === 'Inactive'",
      replace: "status === 'Terminated'",
      breaks: 'who has left is not taken for it',
      suites: BAMBOO,
    },
    {
      id: 'unknown-status-is-employed',
      find: "if (status !== 'Active') throw",
      replace: "if (status === 'Suspended') throw",
      breaks: 'a field that the API key may not see looks like employment',
      suites: BAMBOO,
    },
    {
      id: 'zero-date-is-a-date',
      find: "text === undefined || text.startsWith('0000-')",
      replace: 'text === undefined',
      breaks: 'a date of zeros, which means none, fails the person for ever',
      suites: BAMBOO,
    },
    {
      id: 'on-leave-gets-in',
      find: "status: suspended ? 'suspended' : 'employed'",
      replace: "status: suspended ? 'employed' : 'employed'",
      breaks: 'who is on leave gets in',
      suites: BAMBOO,
    },
    {
      id: 'prefix-forgotten',
      find: 'return `${identityIdPrefix}${id}`;',
      replace: 'return id;',
      breaks: 'employees of two tenants are one identity',
      suites: BAMBOO,
    },
    {
      id: 'zero-employee',
      find: "/^[1-9]\\d{0,11}$/, 'expected the id of an employee'",
      replace: "/^\\d{1,12}$/, 'expected the id of an employee'",
      breaks: 'employee 0 is whoever the API key belongs to',
      suites: BAMBOO,
    },
  ),
];
