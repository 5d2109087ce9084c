// An auditor's pack of a campaign against the sealed log: what it says is there, what is there it says, and no more.
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ReviewPack, ReviewPackCheck } from '../../../lambdas/core/audit/verify/review-pack.ts';
import { sha256Hex } from '../../../lambdas/core/canonical-json.ts';

const CAMPAIGN = '2026-10-01.everything';
const lines = (...all: readonly object[]) => gzipSync(all.map((one) => `${JSON.stringify(one)}\n`).join(''));
const file = (path: string, bytes: Uint8Array) => ({
  ...{ path, sha256: sha256Hex(bytes), bytes: bytes.byteLength },
  content: Buffer.from(bytes).toString('base64'),
});

const POPULATION = lines({ subject: 'ada', items: [] }, { subject: 'bob', items: [] });
const VERDICTS = lines(
  {
    subject: 'ada',
    verdicts: [
      { entitlement: 'crm:admin', asked: ['privileged'] },
      { entitlement: 'crm:user', settled: 'unchanged' },
    ],
  },
  { subject: 'bob', verdicts: [{ entitlement: 'crm:admin', asked: ['privileged'], planted: true }] },
);
const MANIFEST = gzipSync(
  JSON.stringify({
    campaignId: CAMPAIGN,
    parts: [
      {
        population: [{ sha256: sha256Hex(POPULATION), people: 2, items: 3 }],
        verdicts: [{ sha256: sha256Hex(VERDICTS), people: 2, items: 3 }],
      },
    ],
  }),
);
const decision = (answer: string, at: string, more: object = {}) => ({
  answer,
  at,
  by: 'E7',
  batchSize: 1,
  reason: '',
  ...more,
});
const ADA = {
  ...{ subject: 'ada', entitlement: 'crm:admin', grant: 'admins', status: 'removed' },
  decisions: [
    decision('keep', '2026-10-02T00:00:00.000Z', { seconds: 4 }),
    decision('remove', '2026-10-03T00:00:00.000Z', { seconds: 9 }),
  ],
  removal: { askedAt: '2026-10-03T00:00:00.000Z', readBackAt: '2026-10-03T00:00:20.000Z' },
};
const SETTLED = { subject: 'ada', entitlement: 'crm:user', status: 'settled', decisions: [] };
const BOB = {
  subject: 'bob',
  entitlement: 'crm:admin',
  grant: 'admins',
  status: 'kept',
  planted: true,
  decisions: [decision('keep', '2026-10-04T00:00:00.000Z', { batchSize: 12 })],
};

interface Packed {
  readonly outcomes?: readonly object[];
  readonly files?: readonly ReturnType<typeof file>[];
}
const packOf = ({ outcomes = [ADA, SETTLED, BOB], files = [] }: Packed = {}): ReviewPack => ({
  campaignId: CAMPAIGN,
  generatedAt: '2026-10-20T00:00:00.000Z',
  files: [
    ...[file('campaign.json', Buffer.from('{}')), file('manifest.json.gz', MANIFEST)],
    ...[file('population-00001.jsonl.gz', POPULATION), file('verdicts-00001.jsonl.gz', VERDICTS)],
    file('outcomes-00001.jsonl', Buffer.from(outcomes.map((one) => `${JSON.stringify(one)}\n`).join(''))),
  ].map((one) => files.find(({ path }) => path === one.path) ?? one),
});

type Event = { readonly type: string } & Record<string, unknown>;
const ofPerson = (id: string, at: string, event: Event) => ({ subject: { kind: 'identity' as const, id }, at, event });
const decided = (id: string, at: string, answer: string) =>
  ofPerson(id, at, {
    ...{ type: 'fact-recorded', factType: 'access-review-decided', campaignId: CAMPAIGN },
    ...{ applicationId: 'crm', entitlement: 'admin', answer },
  });
const readBack = (id: string, at: string, grants: readonly string[]) =>
  ofPerson(id, at, {
    type: 'access-read-back',
    applicationId: 'crm',
    answered: true,
    observed: { enabled: true, grants },
  });
const FIXED = {
  subject: { kind: 'deployment' as const, id: 'tenure' },
  at: '2026-10-01T00:00:00.000Z',
  event: { type: 'review-population-fixed', campaignId: CAMPAIGN, manifestSha256: sha256Hex(MANIFEST) },
};
const LOG = [
  FIXED,
  decided('ada', '2026-10-02T00:00:00.000Z', 'keep'),
  readBack('ada', '2026-10-02T12:00:00.000Z', ['admins']),
  decided('ada', '2026-10-03T00:00:00.000Z', 'remove'),
  readBack('ada', '2026-10-03T00:00:20.100Z', []),
  decided('bob', '2026-10-04T00:00:00.000Z', 'keep'),
];

function check(pack: ReviewPack = packOf(), log: readonly (typeof LOG)[number][] = LOG) {
  const checking = new ReviewPackCheck(CAMPAIGN, (bytes) => gunzipSync(bytes).toString('utf8'));
  for (const [index, entry] of log.entries()) checking.add(index, entry);
  return checking.finish(pack);
}

describe('a pack', () => {
  it('says of each decision and removal where it is in the log, and how reviewers answered', () => {
    const { faults, rows, reviewers, ...counts } = check();
    expect(faults).toEqual([]);
    expect(counts).toMatchObject({ items: 3, asked: 2, decisions: 3, removals: 1, notReadBack: 0, populationIndex: 0 });
    expect(rows.map(({ subject, what, index }) => [subject, what, index])).toEqual([
      ['ada', 'keep', 1],
      ['ada', 'remove', 3],
      ['ada', 'read back', 4],
      ['bob', 'keep', 5],
    ]);
    expect(reviewers).toEqual([
      {
        ...{ reviewer: 'E7', decisions: 3, medianSeconds: 9, largestBatch: 12 },
        ...{ kept: 2, removed: 1, plantedFound: 0, plantedMissed: 1 },
      },
    ]);
  });

  it.each<[string, () => ReturnType<typeof check>, RegExp]>([
    [
      'another population',
      () => check(packOf({ files: [file('manifest.json.gz', gzipSync('{}'))] })),
      /not the one that was sealed/,
    ],
    [
      'a page that was changed',
      () => check(packOf({ files: [file('verdicts-00001.jsonl.gz', lines())] })),
      /verdicts-00001.* not the one/,
    ],
    ['an item without an outcome', () => check(packOf({ outcomes: [ADA, BOB] })), /ada crm:user has no outcome/],
    ['an item twice', () => check(packOf({ outcomes: [ADA, SETTLED, BOB, BOB] })), /two outcomes/],
    [
      'an item that was in no population',
      () => check(packOf({ outcomes: [ADA, SETTLED, BOB, { ...SETTLED, subject: 'eve' }] })),
      /not in the population/,
    ],
    ['a decision that nobody took', () => check(packOf(), LOG.slice(0, -1)), /keep at .* is not in the log/],
    [
      'another answer',
      () => check(packOf(), [...LOG.slice(0, -1), decided('bob', '2026-10-04T00:00:00.000Z', 'remove')]),
      /keep at .* is not in the log/,
    ],
    [
      'a decision that is left out',
      () => check(packOf({ outcomes: [ADA, SETTLED, { ...BOB, decisions: [] }] })),
      /0 decisions, and 1 in the log/,
    ],
    [
      'somebody who is left out',
      () => check(packOf({ outcomes: [ADA, SETTLED] })),
      /bob crm:admin was decided on and is left out/,
    ],
    [
      'a removal that nobody saw',
      () =>
        check(
          packOf(),
          LOG.filter((_, index) => index !== 4),
        ),
      /nobody saw that it was gone/,
    ],
    ['no population at all', () => check(packOf(), LOG.slice(1)), /no population/],
    ['two populations', () => check(packOf(), [FIXED, ...LOG]), /several populations/],
  ])('is refused with %s', (_what, checked, said) => {
    const { faults, faultCount } = checked();
    expect(faultCount).toBeGreaterThan(0);
    expect(faults.join('\n')).toMatch(said);
  });

  it('is refused where a file is not what its hash says', () => {
    const pack = packOf();
    const [first, ...more] = pack.files;
    const changed = { ...pack, files: [{ ...(first as (typeof pack.files)[number]), content: 'AAAA' }, ...more] };
    expect(check(changed).faults).toEqual(['campaign.json is not what its hash says']);
  });
});
