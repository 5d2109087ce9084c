// The auditor's pack of a campaign, page by page: what it was to look at, what was judged, and what became of every item; each file
// with its hash. `npx tenure audit verify --pack` holds it against a copy of the sealed log.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { toIso } from '../../core/moment.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import type { CampaignOutcome } from '../../core/reviews/campaign-outcomes.ts';
import type { VerdictLine } from '../../core/reviews/campaign-verdicts.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { decodeCursor, encodeCursor } from '../../stores/cursor.ts';
import { manifestKey, readLines, readManifest } from './campaign-opening.ts';
import { requireCampaign } from './load-campaign.ts';
import {
  type CampaignFileDependencies,
  liveCampaignFileDependencies,
  type OutcomePage,
  outcomePagesOf,
  outcomesIn,
} from './read-outcomes.ts';

const ROUTE = reviewCampaignRoutes['get-campaign-pack'];

interface PackFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly content: string;
}

export const getCampaignPack = answerOperator(
  ROUTE,
  async (dependencies: CampaignFileDependencies, { parameters: { id }, query }) => {
    const campaign = await requireCampaign(dependencies, id);
    const pages = outcomePagesOf(await readManifest(dependencies, campaign));
    const place = decodeCursor(query.after, { campaignId: id, page: undefined });
    const number = Number(place?.['page'] ?? -1);
    const page = pages[number];
    const { files, shows } =
      page === undefined
        ? { files: await beginning(dependencies, campaign), shows: [] }
        : await filesOf(dependencies, campaign, page, number);
    const next = number + 1 < pages.length ? encodeCursor({ campaignId: id, page: number + 1 }) : undefined;
    const body = { campaignId: id, generatedAt: toIso(dependencies.clock()), files: [...files], next };
    return { status: 200, shows: [...shows], body, log: { campaignId: id, files: files.length } };
  },
);

/** What it is, and the manifest whose hash is sealed. */
async function beginning(dependencies: CampaignFileDependencies, campaign: Campaign): Promise<readonly PackFile[]> {
  const { manifestSha256 = '' } = campaign.population ?? {};
  const manifest = await dependencies.files.read(manifestKey(campaign.campaignId, manifestSha256));
  const {
    walk: _walk,
    revision: _revision,
    toldStage: _toldStage,
    escalatedStage: _escalated,
    changedMs: _changed,
    ...told
  } = campaign;
  const written = `${JSON.stringify({ format: 'tenure-review-pack', version: 1, ...told }, undefined, 2)}\n`;
  return [fileOf('campaign.json', Buffer.from(written)), fileOf('manifest.json.gz', manifest)];
}

async function filesOf(
  dependencies: CampaignFileDependencies,
  campaign: Campaign,
  { population, verdicts }: OutcomePage,
  number: number,
): Promise<{ readonly files: readonly PackFile[]; readonly shows: ReadonlySet<string> }> {
  const lines = await readLines<VerdictLine>(dependencies, verdicts);
  const outcomes = await outcomesIn(dependencies, campaign, lines);
  const name = String(number + 1).padStart(5, '0');
  const files = [
    fileOf(`population-${name}.jsonl.gz`, await dependencies.files.read(population.key)),
    fileOf(`verdicts-${name}.jsonl.gz`, await dependencies.files.read(verdicts.key)),
    fileOf(`outcomes-${name}.jsonl`, Buffer.from(outcomes.map((one) => `${JSON.stringify(one)}\n`).join(''))),
  ];
  return { files, shows: new Set(outcomes.flatMap(whomItShows)) };
}

function whomItShows({ identityId }: CampaignOutcome): readonly string[] {
  return identityId === undefined ? [] : [identityId];
}

function fileOf(path: string, bytes: Uint8Array): PackFile {
  const content = Buffer.from(bytes).toString('base64');
  return { path, sha256: sha256Hex(bytes), bytes: bytes.byteLength, content };
}

export const handler = serveApi(ROUTE, () => getCampaignPack(liveCampaignFileDependencies()));
