// What the steps that open a campaign share: the campaign, the access model by which all of them judge, and its files.

import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { Actor, AuditEntry, AuditEvent } from '../../core/audit/audit.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { NotFoundError, PermanentError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import { type CampaignPart, type Manifest, PARTS, type WrittenPage } from '../../core/reviews/campaign-parts.ts';
import { type CampaignFiles, s3CampaignFiles } from '../../stores/campaigns/campaign-files.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';

export interface OpeningDependencies extends Pick<Dependencies, 'facts' | 'directory' | 'modelChanges' | 'clock'> {
  readonly campaigns: CampaignStore;
  readonly subjects: Pick<SubjectStore, 'subjectsOf' | 'resolve'>;
  readonly files: CampaignFiles;
  /** Milliseconds. */
  readonly pause: (durationMs: number) => Promise<unknown>;
}

const MAXIMUM_ID = 100;
export const campaignStepSchema = z.strictObject({ campaignId: z.string().max(MAXIMUM_ID) });

export const campaignPartSchema = z.strictObject({
  campaignId: z.string().max(MAXIMUM_ID),
  part: z
    .int()
    .min(0)
    .max(PARTS - 1),
});

/** After so long a step takes no further page: its function has five minutes. */
export const RUN_MS = 200_000;
/** Whoever is behind these waits for systems at most, and not for a processor. */
export const CONCURRENT_IDENTITIES = 10;
/** More is nothing that was written here. */
const MAXIMUM_UNPACKED_BYTES = 512_000_000;

/** `more`: its time is over and it has further to go; `end`: it is through. */
export interface StepOutcome {
  readonly next: 'more' | 'end';
}

/** As it was when the campaign began, whatever is deployed by now. Throws PermanentError. */
export async function modelOf(
  { modelChanges }: Pick<OpeningDependencies, 'modelChanges'>,
  { modelHash }: Campaign,
): Promise<AccessModel> {
  const model = await modelChanges.findModel(modelHash);
  if (model === undefined) throw new PermanentError('the access model that the campaign began with is not kept');
  return model;
}

export function newPart(campaignId: string, part: number): CampaignPart {
  return { campaignId, part, step: 'fixing', pages: [], askedPages: 0, asked: 0, revision: 0 };
}

/** Each line compressed with the others, and named by the hash of all: whoever writes the same once more writes nothing new. */
export async function writeLines(
  { files }: Pick<OpeningDependencies, 'files'>,
  at: string,
  lines: readonly unknown[],
  items: number,
): Promise<WrittenPage> {
  const bytes = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const sha256 = sha256Hex(bytes);
  const key = `${at}-${sha256.slice(0, 16)}.jsonl.gz`;
  await files.put(key, bytes, sha256);
  return { key, sha256, people: lines.length, items };
}

export interface ReadingPopulation {
  readonly files: Pick<CampaignFiles, 'read'>;
}

/** Throws PermanentError when it is not what was written. */
export async function readLines<Line>(
  { files }: ReadingPopulation,
  { key, sha256 }: Pick<WrittenPage, 'key' | 'sha256'>,
): Promise<readonly Line[]> {
  const text = await readChecked(files, key, sha256);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

async function readChecked(files: ReadingPopulation['files'], key: string, sha256: string): Promise<string> {
  const bytes = await files.read(key);
  if (sha256Hex(bytes) !== sha256) throw new PermanentError(`${key} is not what was written`);
  return gunzipSync(bytes, { maxOutputLength: MAXIMUM_UNPACKED_BYTES }).toString('utf8');
}

export function folderOf(campaignId: string): string {
  return `review-campaigns/${campaignId}/`;
}

export function manifestKey(campaignId: string, sha256: string): string {
  return `${folderOf(campaignId)}manifest-${sha256.slice(0, 16)}.json.gz`;
}

/** Its hash. */
export async function writeManifest(
  { files }: Pick<OpeningDependencies, 'files'>,
  manifest: Manifest,
): Promise<string> {
  const bytes = gzipSync(`${JSON.stringify(manifest)}\n`);
  const sha256 = sha256Hex(bytes);
  await files.put(manifestKey(manifest.campaignId, sha256), bytes, sha256);
  return sha256;
}

/** Throws NotFoundError before the population is complete. */
export async function readManifest(
  { files }: ReadingPopulation,
  { campaignId, population }: Campaign,
): Promise<Manifest> {
  if (population === undefined) throw new NotFoundError('The population of the campaign is not complete yet.');
  const { manifestSha256 } = population;
  return JSON.parse(await readChecked(files, manifestKey(campaignId, manifestSha256), manifestSha256)) as Manifest;
}

/** Each kind once for a campaign. */
export function campaignEntry(
  { campaignId, modelHash }: Pick<Campaign, 'campaignId' | 'modelHash'>,
  atMs: number,
  actor: Actor,
  event: AuditEvent,
): AuditEntry {
  const entryId = `${event.type}:${campaignId}`;
  return { identityId: auditKeyOf(DEPLOYMENT), entryId, at: toIso(atMs), actor, modelHash, event };
}

export function liveOpeningDependencies(): OpeningDependencies {
  return {
    ...liveDependencies(),
    campaigns: dynamoCampaignStore(),
    subjects: dynamoSubjectStore(),
    files: s3CampaignFiles(),
    pause: sleep,
  };
}
