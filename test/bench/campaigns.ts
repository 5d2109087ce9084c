// What opening a review campaign takes and costs: the real steps over stores in memory that charge as DynamoDB and S3 do, by the
// size of what is read and written. Eight parts are walked one after the other here and count as at once; what a step computes is
// measured in CPU time of this process, fakes and all, and lasts longer by the share of a processor that its function has.
// Requests take 5 ms, ten at once. Beside it: an execution for each item, as it is often built, with the same writes.
import type { AccountRecord } from '../../lambdas/core/access/account-record.ts';
import type { IdentityHeader, IdentityRecord } from '../../lambdas/core/access/identity-record.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { type CampaignDefinition, campaignDefinitionSchema } from '../../lambdas/core/access-model/campaign-rules.ts';
import { subjectKey } from '../../lambdas/core/audit/redaction.ts';
import type { Fact, JoinerFact } from '../../lambdas/core/identity/facts.ts';
import { summaryAt } from '../../lambdas/core/identity/identity-summary.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import type { Campaign } from '../../lambdas/core/reviews/campaign.ts';
import { PARTS } from '../../lambdas/core/reviews/campaign-parts.ts';
import { askReviewers } from '../../lambdas/handlers/reviews/ask-reviewers.ts';
import { beginCampaign } from '../../lambdas/handlers/reviews/begin-campaign.ts';
import { type FixingDependencies, fixPopulation } from '../../lambdas/handlers/reviews/fix-population.ts';
import { judgePopulation } from '../../lambdas/handlers/reviews/judge-population.ts';
import { openCampaign } from '../../lambdas/handlers/reviews/open-campaign.ts';
import type { CampaignStore } from '../../lambdas/stores/campaigns/campaign-store.ts';
import type { RecordFact } from '../../lambdas/stores/facts/fact-store.ts';
import { sizeOf } from '../support/dynamo-expressions.ts';
import { memoryCampaignFiles } from '../support/memory-campaign-files.ts';
import { memoryCampaigns } from '../support/memory-campaigns.ts';
import { memoryStores } from '../support/memory-stores.ts';
import { PRICES } from './prices.ts';
import { measureSealing } from './sealing.ts';

const START = Date.parse('2027-01-04T00:00:00Z');
const SINCE_MS = START - 200 * 86_400_000;
const APPLICATIONS = 15;
const DEPARTMENTS = 40;
const REPORTS = 10;
/** Of ten at once, each takes a tenth of 5 ms. */
const REQUEST_MS = 0.5;
const READ_BYTES = 4_096;
/** What is remembered of how somebody uses their access, compressed: 2 to 4 kB. */
const MEMORY_BYTES = 4_000;
const WRITE_BYTES = 1_024;
const REMEMBERED = 200;
const MEMORY_GB = 1;
/** A function has a whole processor from 1,769 MB on. */
const PROCESSORS = 1_024 / 1_769;
/** S3: $5 per million puts and $0.40 per million gets. */
const PUT = 0.000_005;
const GET = 0.000_000_4;
/** Of what follows from a fact: the stream hands on so many at once, and each is read once. */
const ROUTED_AT_ONCE = 25;
const ROUTED_MS = 15;
const ROUTED_GB = 0.5;
/** Begin, read, judge, record, wait for the answer, end. */
const NAIVE_TRANSITIONS = 6;
const NAIVE_INVOCATIONS = 3;
const NAIVE_MS = 40;

export interface OpenedCampaign {
  readonly campaign: Campaign;
  /** From its begin until everybody is asked. */
  readonly openMs: number;
  readonly dollars: number;
  /** Of the same items, an execution each. */
  readonly naiveDollars: number;
  readonly parts: Readonly<Record<string, number>>;
}

export async function printCampaigns(options: readonly string[]): Promise<void> {
  const people = Number(options[0] ?? 100_000);
  console.log(`\nWhat does it take to open a campaign over ${people.toLocaleString('en')} people with 15 items each?`);
  const line = (cells: readonly string[]) => console.log(cells.map((cell) => cell.padStart(16)).join(''));
  line(['policy', 'items', 'asked', 'open after', 'dollars', 'each item', 'an execution each', 'ratio']);
  for (const [name, settled] of [
    ['none: all asked', undefined],
    ['unchanged settled', { unknownUse: 'settle', sampleShare: 0.02 }],
  ] as const) {
    const { campaign, openMs, dollars, naiveDollars, parts } = await openOver(people, settled);
    const { population, asked } = campaign.counts;
    line([
      name,
      String(population),
      String(asked),
      `${(openMs / 60_000).toFixed(1)} min`,
      `$${dollars.toFixed(2)}`,
      `$${((dollars / population) * 1_000_000).toFixed(2)}/M`,
      `$${naiveDollars.toFixed(2)}`,
      `${(naiveDollars / dollars).toFixed(0)} x`,
    ]);
    console.log(
      `  ${Object.entries(parts)
        .map(([part, price]) => `${part} $${price.toFixed(2)}`)
        .join(', ')}`,
    );
  }
}

export async function openOver(people: number, settled?: object): Promise<OpenedCampaign> {
  return await new CampaignWorld(people, definitionOf(settled)).open();
}

function definitionOf(settled: object | undefined): CampaignDefinition {
  return campaignDefinitionSchema.parse({
    name: 'Everything',
    scope: { privileged: false },
    ...(settled && { settled }),
  });
}

class CampaignWorld {
  readonly #people: number;
  readonly #definition: CampaignDefinition;
  #nowMs = START;
  #cpu = process.cpuUsage();
  readonly #counts = { reads: 0, writes: 0, puts: 0, gets: 0, facts: 0, invocations: 0, functionMs: 0, transitions: 0 };
  /** What was recorded last: everybody is asked about once, and read again right after, some at once. */
  readonly #recorded = new Map<string, Fact>();
  /** Write units of a fact about one item, with all that is written with it. */
  #oneItemUnits = 0;

  constructor(people: number, definition: CampaignDefinition) {
    this.#people = people;
    this.#definition = definition;
  }

  async open(): Promise<OpenedCampaign> {
    const dependencies = this.#dependencies();
    const actor = { type: 'tenure', id: 'bench' } as const;
    const named = { campaignId: '2027-01-04.everything', definition: this.#definition, rule: 'everything' };
    const starting = { ...dependencies, workflow: { start: async () => {} }, model: () => MODEL };
    const { campaignId } = await beginCampaign(starting, named, { openedBy: 'schedule', actor });
    this.#counts.transitions += 3;
    await this.#inParts(campaignId, fixPopulation(dependencies));
    await this.#invoked(() => judgePopulation(dependencies)({ campaignId }));
    this.#counts.transitions += 2;
    await this.#inParts(campaignId, askReviewers(dependencies));
    await this.#invoked(() => openCampaign(dependencies)({ campaignId }));
    this.#counts.transitions += 2;
    const campaign = await dependencies.campaigns.findCampaign(campaignId);
    if (campaign?.openedMs === undefined) throw new Error('the campaign did not open');
    return { campaign, openMs: this.#nowMs - START, ...(await this.#prices(campaign.counts.population)) };
  }

  /** As many at once: the next step begins when the last of them is through. */
  async #inParts(
    campaignId: string,
    step: (input: { readonly campaignId: string; readonly part: number }) => Promise<{ readonly next: string }>,
  ): Promise<void> {
    const begunMs = this.#clock();
    let lastMs = begunMs;
    for (let part = 0; part < PARTS; part += 1) {
      this.#nowMs = begunMs;
      for (let next = 'more'; next === 'more'; ) {
        ({ next } = await this.#invoked(() => step({ campaignId, part })));
        this.#counts.transitions += 2;
      }
      this.#counts.transitions += 1;
      lastMs = Math.max(lastMs, this.#clock());
    }
    this.#nowMs = lastMs;
  }

  async #invoked<Output>(run: () => Promise<Output>): Promise<Output> {
    this.#counts.invocations += 1;
    const begunMs = this.#clock();
    const output = await run();
    this.#counts.functionMs += this.#clock() - begunMs;
    return output;
  }

  async #prices(items: number): Promise<Omit<OpenedCampaign, 'campaign' | 'openMs'>> {
    const { reads, writes, puts, gets, facts, invocations, functionMs, transitions } = this.#counts;
    const { perEntry } = await measureSealing(1_000);
    const second = PRICES.gigabyteSecond;
    const routed = facts / ROUTED_AT_ONCE;
    const readOnce = Math.ceil(sizeOf(recordOf(1) as never) / READ_BYTES);
    const parts = {
      table: reads * PRICES.readUnit + writes * PRICES.writeUnit,
      files: puts * PUT + gets * GET,
      functions: invocations * PRICES.invocation + (functionMs / 1_000) * MEMORY_GB * second,
      executions: transitions * PRICES.transition + PRICES.trace,
      'routing of facts':
        routed * PRICES.invocation +
        (facts * ROUTED_MS * ROUTED_GB * second) / 1_000 +
        facts * readOnce * PRICES.readUnit,
      'sealing of entries': (facts + 3) * perEntry,
    };
    const ofOne =
      NAIVE_TRANSITIONS * PRICES.transition +
      NAIVE_INVOCATIONS * (PRICES.invocation + (NAIVE_MS / 1_000) * ROUTED_GB * second) +
      readOnce * PRICES.readUnit +
      this.#oneItemUnits * PRICES.writeUnit +
      PRICES.trace +
      perEntry;
    return { parts, dollars: sum(Object.values(parts)), naiveDollars: items * ofOne };
  }

  #dependencies(): FixingDependencies {
    const stores = memoryStores();
    const files = memoryCampaignFiles(async (method) => {
      this.#counts[method === 'put' ? 'puts' : 'gets'] += 1;
      this.#nowMs += 10 * REQUEST_MS;
    });
    return {
      files,
      activity: {
        // Read consistently, which costs twice as much.
        recall: async (subjectIds) => {
          for (const _ of subjectIds) this.#read(MEMORY_BYTES);
          return new Map(subjectIds.map((subjectId) => [subjectId, { subjectId, memory: USED, revision: 1 }]));
        },
      },
      campaigns: this.#campaigns(),
      clock: () => this.#clock(),
      pause: async (durationMs) => {
        this.#nowMs += durationMs;
      },
      modelChanges: {
        ...stores.modelChanges,
        findModel: async () => {
          this.#read(JSON.stringify(MODEL).length / 5);
          return MODEL;
        },
      },
      subjects: {
        subjectsOf: async (names) => {
          for (const _ of names) this.#read(200);
          return new Map(
            names.map((name) => [subjectKey(name), { pseudonym: pseudonymOf(name.id), key: new Uint8Array() }]),
          );
        },
        resolve: async (pseudonyms) => {
          for (const _ of pseudonyms) this.#read(200);
          return new Map(pseudonyms.map((one) => [one, { kind: 'identity', id: one.slice(PSEUDONYM.length) }]));
        },
      },
      directory: {
        ...stores.directory,
        listIdentities: async ({ limit, after = '0', segment = { index: 0, of: 1 } }) => {
          const mine = Array.from(
            { length: limit },
            (_, place) => (Number(after) + place) * segment.of + segment.index,
          );
          const items = mine.filter((index) => index < this.#people).map(headerOf);
          this.#read(sum(items.map((item) => sizeOf(item as never))) / 2);
          const isLast = (mine.at(-1) ?? 0) + segment.of >= this.#people;
          return { items, next: isLast ? undefined : String(Number(after) + limit) };
        },
        load: async (identityId) => {
          const record = this.#find(identityId);
          this.#read(record === undefined ? 0 : sizeOf(record as never));
          return record;
        },
      },
      facts: {
        ...stores.facts,
        recordFact: async (input) => {
          this.#counts.facts += 1;
          this.#write(...itemsOf(input));
          const one = { ...input, fact: oneItemOf(input.fact) };
          this.#oneItemUnits = units(itemsOf(one)) + 1;
          this.#recorded.set(input.fact.identityId, input.fact);
          const [oldest] = this.#recorded.keys();
          if (this.#recorded.size > REMEMBERED && oldest !== undefined) this.#recorded.delete(oldest);
          return 'recorded';
        },
      },
    };
  }

  #find(identityId: string): IdentityRecord | undefined {
    const index = Number(identityId.slice(1));
    if (!(index < this.#people)) return undefined;
    const record = recordOf(index);
    const more = this.#recorded.get(identityId);
    return more === undefined ? record : { ...record, facts: [...record.facts, more] };
  }

  #campaigns(): CampaignStore {
    const kept = memoryCampaigns();
    return {
      ...kept,
      findCampaign: async (id) => {
        this.#read(4_000);
        return await kept.findCampaign(id);
      },
      listParts: async (id) => {
        const parts = await kept.listParts(id);
        this.#read(sum(parts.map((part) => sizeOf(part as never))));
        return parts;
      },
      savePart: async (part, revision) => {
        this.#write([sizeOf(part as never), 1]);
        return await kept.savePart(part, revision);
      },
      // Nobody reads them here.
      savePerson: async (person, rows) => {
        this.#write([sizeOf(person as never), 1]);
        for (const row of rows) this.#write([sizeOf(row as never), 1]);
      },
    };
  }

  /** What was computed since it was last asked has passed by then. */
  #clock(): number {
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    this.#nowMs += (user + system) / 1_000 / PROCESSORS;
    return this.#nowMs;
  }

  #read(bytes: number): void {
    this.#counts.reads += Math.max(Math.ceil(bytes / READ_BYTES), 1);
    this.#nowMs += REQUEST_MS;
  }

  #write(...items: readonly Written[]): void {
    this.#counts.writes += units(items);
    this.#nowMs += REQUEST_MS;
  }
}

/** Its bytes, and how often it is billed: twice in a transaction, once for each index that shows it. */
type Written = readonly [bytes: number, times: number];

function units(items: readonly Written[]): number {
  return sum(items.map(([bytes, times]) => times * Math.max(1, Math.ceil(bytes / WRITE_BYTES))));
}

/** The fact; the header with its indexes: directory, by manager, and the next check, out of which it is taken and put back. */
function itemsOf({ fact, summary, audit }: Pick<RecordFact, 'fact' | 'summary' | 'audit'>): readonly Written[] {
  const header = sizeOf({ ...headerOf(1), summary } as never);
  return [
    [sizeOf({ fact } as never) + 120, 2],
    [header, 2 + 4],
    [250, 2],
    ...audit.map((entry): Written => [sizeOf(entry as never) + 120, 2]),
  ];
}

function oneItemOf(fact: Fact): Fact {
  if (fact.type !== 'access-review-opened' || fact.basis !== 'campaign') return fact;
  return { ...fact, items: fact.items.slice(0, 1) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Of half of the applications it is told when anything of them was used. */
const USED = {
  applications: Object.fromEntries(
    Array.from({ length: APPLICATIONS / 2 }, (_, application) => [`application-${application}`, START - application]),
  ),
  entitlements: {},
};

const PSEUDONYM = 'pseudonym-of-22-chars-';

function pseudonymOf(identityId: string): string {
  return `${PSEUDONYM}${identityId}`;
}

const MODEL: AccessModel = {
  hash: 'bench',
  applications: Array.from({ length: APPLICATIONS }, (_, application) => ({
    id: `application-${application}`,
    name: `Application ${application}`,
    connector: 'scim',
    owner: 'E0',
    settings: {},
    entitlements: Array.from({ length: DEPARTMENTS }, (_, department) => ({
      id: `entitlement-${department}`,
      name: `Entitlement ${department}`,
      grant: `group-${application}-${department}`,
      privileged: false,
    })),
  })),
  profiles: Array.from({ length: DEPARTMENTS }, (_, department) => ({
    id: `profile-${department}`,
    name: `Profile ${department}`,
    when: { department: [`Department ${department}`] },
    entitlements: Array.from({ length: APPLICATIONS }, (_, application) => {
      return `application-${application}:entitlement-${department}`;
    }),
  })),
};

function identityIdOf(index: number): string {
  return `E${index}`;
}

function joinerOf(index: number): JoinerFact {
  const sourceEventId = `joiner-${index}`;
  return {
    ...{ factId: `acme-hr:${sourceEventId}`, identityId: identityIdOf(index), source: 'acme-hr', sourceEventId },
    ...{ recordedMs: SINCE_MS, receivedMs: SINCE_MS, type: 'joiner', effectiveAt: '2026-06-01' },
    attributes: {
      ...{ kind: 'employee', givenName: `Given ${index}`, familyName: `Family ${index}` },
      ...{ email: `person.${index}@acme.example`, department: `Department ${index % DEPARTMENTS}` },
      ...{ title: 'Account manager', manager: identityIdOf(Math.floor(index / REPORTS)), location: 'Berlin' },
      ...{ company: 'Acme GmbH', costCenter: '4711' },
    },
  } as JoinerFact;
}

function headerOf(index: number): IdentityHeader {
  return {
    ...{ identityId: identityIdOf(index), version: 1, epoch: 2, clockMs: SINCE_MS, settledVersion: 1 },
    ...{ settledMs: SINCE_MS, modelHash: MODEL.hash, failedPasses: 0 },
    applications: MODEL.applications.map(({ id }) => id),
    summary: summaryAt(identityIdOf(index), buildTimeline([joinerOf(index)]), START),
  };
}

function recordOf(index: number): IdentityRecord {
  const accounts = MODEL.applications.map(({ id }, application): AccountRecord => {
    const grants = [`group-${application}-${index % DEPARTMENTS}`];
    const userName = `person.${index}@acme.example`;
    return {
      ...{ applicationId: id, readMs: SINCE_MS, revision: 3 },
      account: { accountId: `account-${application}-${index}`, userName, enabled: true, grants },
    };
  });
  return { header: headerOf(index), facts: [joinerOf(index)], effects: [SINCE_MS], accounts, tasks: [] };
}
