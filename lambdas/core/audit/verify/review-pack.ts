// Whether an auditor's pack of a review campaign says what was sealed: its population is the one whose hash is in the log, every
// item of that has an outcome, every decision in it is an entry of the log and every entry a decision in it, and what it says was
// read back as gone was seen so. Each row gets its place in the log.
import * as z from 'zod';
import { sha256Hex } from '../../canonical-json.ts';
import type { LogEntry } from '../log-entry.ts';

const MAXIMUM_TOLD = 100;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const reviewPackSchema = z.looseObject({
  campaignId: z.string().max(100),
  generatedAt: z.string(),
  files: z
    .array(z.looseObject({ path: z.string().max(200), sha256, bytes: z.int().min(0), content: z.base64() }))
    .max(100_000),
});
export type ReviewPack = z.infer<typeof reviewPackSchema>;

const writtenPage = z.looseObject({ sha256, people: z.int(), items: z.int() });
const manifestSchema = z.looseObject({
  campaignId: z.string(),
  parts: z.array(z.looseObject({ population: z.array(writtenPage), verdicts: z.array(writtenPage) })).max(1_000),
});
const verdictLineSchema = z.looseObject({
  subject: z.string(),
  verdicts: z.array(
    z.looseObject({
      entitlement: z.string(),
      asked: z.array(z.string()).optional(),
      planted: z.boolean().optional(),
    }),
  ),
});
const outcomeSchema = z.looseObject({
  subject: z.string(),
  entitlement: z.string(),
  grant: z.string().optional(),
  status: z.string(),
  planted: z.boolean().optional(),
  decisions: z.array(
    z.looseObject({
      ...{ answer: z.string(), by: z.string(), at: z.string(), batchSize: z.int() },
      seconds: z.number().optional(),
    }),
  ),
  removal: z.looseObject({ askedAt: z.string(), readBackAt: z.string().optional() }).optional(),
});
type Outcome = z.infer<typeof outcomeSchema>;

/** A decision or a removal, and where it is in the log. */
export interface PackRow {
  readonly subject: string;
  readonly entitlement: string;
  readonly what: string;
  readonly at: string;
  readonly index: number;
}

export interface PackVerdict {
  readonly items: number;
  readonly asked: number;
  readonly decisions: number;
  readonly removals: number;
  /** Taken away, and not seen to be gone yet. */
  readonly notReadBack: number;
  /** Of the entry in which the population's hash is. */
  readonly populationIndex?: number | undefined;
  readonly rows: readonly PackRow[];
  /** Of each reviewer how they answered, those with most first. */
  readonly reviewers: readonly ReviewerQuality[];
  /** At most a hundred are told. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

export interface ReviewerQuality {
  readonly reviewer: string;
  readonly decisions: number;
  /** The half of the decisions took less. Absent: nobody said when anything was shown. */
  readonly medianSeconds?: number | undefined;
  readonly largestBatch: number;
  readonly kept: number;
  readonly removed: number;
  /** Of items that nobody held and that were there to see whether they look. */
  readonly plantedFound: number;
  readonly plantedMissed: number;
}

/** Takes the log's entries in their order, then the pack. */
export class ReviewPackCheck {
  readonly #campaignId: string;
  readonly #unpack: (bytes: Uint8Array) => string;
  readonly #decided = new Map<string, { readonly index: number; readonly answer: string }[]>();
  readonly #readBacks = new Map<string, ReadBack[]>();
  readonly #fixed: { readonly index: number; readonly manifestSha256: string }[] = [];
  readonly #faults: string[] = [];
  #faultCount = 0;

  /** @param unpack of a file that is compressed. Throws where it is not, or is longer than any that was written. */
  constructor(campaignId: string, unpack: (bytes: Uint8Array) => string) {
    this.#campaignId = campaignId;
    this.#unpack = unpack;
  }

  add(index: number, { subject, at, event }: Pick<LogEntry, 'subject' | 'at' | 'event'>): void {
    const { type, campaignId, factType, applicationId, entitlement, answer, observed } = event as Sealed;
    const isOurs = campaignId === this.#campaignId;
    if (type === 'review-population-fixed' && isOurs) {
      this.#fixed.push({ index, manifestSha256: String((event as Sealed).manifestSha256) });
    }
    if (type === 'fact-recorded' && factType === 'access-review-decided' && isOurs) {
      add(this.#decided, `${subject.id} ${applicationId}:${entitlement}`, { index, answer: String(answer) });
    }
    if (type === 'access-read-back' && typeof applicationId === 'string') {
      const { grants = [] } = observed ?? {};
      add(this.#readBacks, `${subject.id} ${applicationId}`, { index, at, grants: new Set<string>(grants) });
    }
    // In a system without a connector people say so.
    if (type === 'fact-recorded' && factType === 'task-attested' && typeof applicationId === 'string') {
      add(this.#readBacks, `${subject.id} ${applicationId}`, { index, at, grants: new Set<string>() });
    }
  }

  finish(pack: ReviewPack): PackVerdict {
    const files = new Map<string, Uint8Array>();
    for (const { path, sha256: said, content } of pack.files) {
      const bytes = Buffer.from(content, 'base64');
      if (sha256Hex(bytes) !== said) this.#fault(`${path} is not what its hash says`);
      if (files.has(path)) this.#fault(`${path} is there twice`);
      files.set(path, bytes);
    }
    const { verdicts, populationIndex } = this.#population(files);
    const outcomes = this.#outcomes(files);
    this.#compare(verdicts, outcomes);
    const rows = outcomes.flatMap((one) => [...this.#decisions(one), ...this.#removal(one)]);
    this.#unclaimed(outcomes);
    return {
      items: verdicts.size,
      asked: [...verdicts.values()].filter(({ asked }) => asked).length,
      decisions: rows.filter(({ what }) => what !== 'read back').length,
      removals: outcomes.filter(({ removal }) => removal !== undefined).length,
      notReadBack: outcomes.filter(({ removal }) => removal !== undefined && removal.readBackAt === undefined).length,
      populationIndex,
      rows,
      reviewers: qualityOf(outcomes),
      faults: this.#faults,
      faultCount: this.#faultCount,
    };
  }

  #fault(what: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < MAXIMUM_TOLD) this.#faults.push(what);
  }

  /** By `subject entitlement`. */
  #population(files: ReadonlyMap<string, Uint8Array>) {
    const verdicts = new Map<string, Verdict>();
    const [fixed, ...more] = this.#fixed;
    if (fixed === undefined) this.#fault('the log has no population of this campaign');
    if (more.length > 0) this.#fault('the log has several populations of this campaign');
    const manifest = this.#parsed(files.get('manifest.json.gz'), 'manifest.json.gz', fixed?.manifestSha256);
    const parsed = manifestSchema.safeParse(manifest?.[0]);
    if (!parsed.success) this.#fault('manifest.json.gz names no files');
    const pages = parsed.data?.parts.flatMap(({ population, verdicts: judged }) =>
      population.map((page, at) => [page, judged[at]] as const),
    );
    for (const [at, [population, judged]] of (pages ?? []).entries()) {
      const name = String(at + 1).padStart(5, '0');
      this.#parsed(files.get(`population-${name}.jsonl.gz`), `population-${name}.jsonl.gz`, population.sha256);
      const lines = this.#parsed(files.get(`verdicts-${name}.jsonl.gz`), `verdicts-${name}.jsonl.gz`, judged?.sha256);
      for (const line of lines ?? []) {
        const read = verdictLineSchema.safeParse(line);
        if (!read.success) this.#fault(`verdicts-${name}.jsonl.gz has a line that says nothing`);
        for (const one of read.data?.verdicts ?? []) {
          verdicts.set(`${read.data?.subject} ${one.entitlement}`, {
            asked: one.asked !== undefined,
            planted: one.planted,
          });
        }
      }
    }
    return { verdicts, populationIndex: fixed?.index };
  }

  #parsed(bytes: Uint8Array | undefined, path: string, said: string | undefined): readonly unknown[] | undefined {
    if (bytes === undefined) {
      this.#fault(`${path} is missing`);
      return undefined;
    }
    if (sha256Hex(bytes) !== said) this.#fault(`${path} is not the one that was sealed`);
    return this.#lines(path, () => this.#unpack(bytes));
  }

  #lines(path: string, read: () => string): readonly unknown[] | undefined {
    try {
      const lines = read().split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
    } catch {
      this.#fault(`${path} cannot be read`);
      return undefined;
    }
  }

  #outcomes(files: ReadonlyMap<string, Uint8Array>): readonly Outcome[] {
    return [...files].flatMap(([path, bytes]) => {
      if (!path.startsWith('outcomes-')) return [];
      const lines = this.#lines(path, () => new TextDecoder().decode(bytes)) ?? [];
      return lines.flatMap((line): Outcome[] => {
        const read = outcomeSchema.safeParse(line);
        if (!read.success) this.#fault(`${path} has a line that is no outcome`);
        return read.success ? [read.data] : [];
      });
    });
  }

  /** Each item once, and nothing else. */
  #compare(verdicts: ReadonlyMap<string, Verdict>, outcomes: readonly Outcome[]): void {
    const seen = new Set<string>();
    for (const { subject, entitlement, planted } of outcomes) {
      const key = `${subject} ${entitlement}`;
      if (planted && !verdicts.get(key)?.planted) this.#fault(`${key} is said to be planted, and was not`);
      if (!verdicts.has(key)) this.#fault(`${key} has an outcome and is not in the population`);
      if (seen.has(key)) this.#fault(`${key} has two outcomes`);
      seen.add(key);
    }
    for (const key of verdicts.keys()) if (!seen.has(key)) this.#fault(`${key} has no outcome`);
  }

  #decisions({ subject, entitlement, decisions }: Outcome): readonly PackRow[] {
    const sealed = this.#decided.get(`${subject} ${entitlement}`) ?? [];
    if (sealed.length !== decisions.length) {
      this.#fault(`${subject} ${entitlement}: ${decisions.length} decisions, and ${sealed.length} in the log`);
    }
    // Two that came at once may be sealed in either order: each of the log is of one of the pack.
    const left = [...sealed];
    return decisions.flatMap(({ answer, at }): PackRow[] => {
      const found = left.findIndex((one) => one.answer === answer);
      const [one] = found === -1 ? [] : left.splice(found, 1);
      if (one === undefined) this.#fault(`${subject} ${entitlement}: ${answer} at ${at} is not in the log`);
      return one === undefined ? [] : [{ subject, entitlement, what: answer, at, index: one.index }];
    });
  }

  #removal({ subject, entitlement, grant, removal }: Outcome): readonly PackRow[] {
    if (removal?.readBackAt === undefined || grant === undefined) return [];
    const { askedAt, readBackAt } = removal;
    // Nobody ever had an account there: there was nothing to see.
    if (readBackAt === askedAt) return [];
    const [applicationId = ''] = entitlement.split(':');
    const readBacks = this.#readBacks.get(`${subject} ${applicationId}`) ?? [];
    const gone = readBacks.find((one) => one.at >= askedAt && !one.grants.has(grant));
    if (gone !== undefined) return [{ subject, entitlement, what: 'read back', at: readBackAt, index: gone.index }];
    this.#fault(`${subject} ${entitlement}: nobody saw that it was gone at ${readBackAt}`);
    return [];
  }

  /** What was decided, and the pack leaves out. */
  #unclaimed(outcomes: readonly Outcome[]): void {
    const told = new Set(outcomes.map(({ subject, entitlement }) => `${subject} ${entitlement}`));
    for (const key of this.#decided.keys()) if (!told.has(key)) this.#fault(`${key} was decided on and is left out`);
  }
}

interface Verdict {
  /** Whether it was to be asked. */
  readonly asked: boolean;
  /** Whether nobody held it. */
  readonly planted?: boolean | undefined;
}

interface Sealed {
  readonly type: string;
  readonly campaignId?: unknown;
  readonly factType?: unknown;
  readonly applicationId?: unknown;
  readonly entitlement?: unknown;
  readonly answer?: unknown;
  readonly manifestSha256?: unknown;
  readonly observed?: { readonly grants?: readonly string[] } | null | undefined;
}

interface ReadBack {
  readonly index: number;
  readonly at: string;
  readonly grants: ReadonlySet<string>;
}

function add<Of>(to: Map<string, Of[]>, key: string, one: Of): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [one]);
  else known.push(one);
}

/** A question is none. */
function lastWord({ decisions }: Outcome, reviewer: string): Outcome['decisions'][number] | undefined {
  return decisions.findLast(({ by, answer }) => by === reviewer && answer !== 'ask');
}

function qualityOf(outcomes: readonly Outcome[]): readonly ReviewerQuality[] {
  const each = new Map<string, { readonly outcome: Outcome; readonly decision: Outcome['decisions'][number] }[]>();
  for (const outcome of outcomes)
    for (const decision of outcome.decisions) add(each, decision.by, { outcome, decision });
  const found = [...each].map(([reviewer, said]): ReviewerQuality => {
    const count = (...answers: readonly string[]) => said.filter((one) => answers.includes(one.decision.answer)).length;
    const seconds = said.flatMap(({ decision }) => decision.seconds ?? []).sort((one, other) => one - other);
    // Of what was planted, their last word.
    const planted = said.filter(
      ({ outcome, decision }) => outcome.planted === true && decision === lastWord(outcome, reviewer),
    );
    const isFound = ({ decision }: (typeof said)[number]) => decision.answer === 'remove';
    return {
      reviewer,
      decisions: said.length,
      medianSeconds: seconds[Math.floor(seconds.length / 2)],
      largestBatch: said.reduce((largest, { decision }) => Math.max(largest, decision.batchSize), 0),
      kept: count('keep', 'undo'),
      removed: count('remove', 'shorten'),
      plantedFound: planted.filter(isFound).length,
      plantedMissed: planted.filter((one) => !isFound(one)).length,
    };
  });
  return found.sort((one, other) => other.decisions - one.decisions);
}
