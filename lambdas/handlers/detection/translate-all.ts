// Records as their source has them, in Tenure's words: one that cannot be read takes none of its neighbours with it.
import type { ActivitySource } from '../../activity-sources/activity-source.ts';
import type { ActivityRecord, RefusedRecord } from '../../core/detection/activity.ts';
import type { DeployedActivitySource } from '../../stores/deployed-activity-sources.ts';

export interface TranslatedRecords {
  readonly records: readonly ActivityRecord[];
  /** Each with its place in what was split. */
  readonly refused: readonly RefusedRecord[];
}

/** @param body as it was posted, or lay in a file that was unpacked */
export function translateAll(
  source: ActivitySource,
  deployed: DeployedActivitySource,
  body: Buffer,
  receivedMs: number,
): TranslatedRecords {
  const { records, refused } = source.split(body);
  const translated = translateEach(source, deployed, records, receivedMs);
  return { records: translated.records, refused: [...refused, ...translated.refused] };
}

export function translateEach(
  source: ActivitySource,
  { id, settings: written }: DeployedActivitySource,
  raw: readonly unknown[],
  receivedMs: number,
): TranslatedRecords {
  const settings = source.settings.parse(written);
  const records: ActivityRecord[] = [];
  const refused: RefusedRecord[] = [];
  for (const [index, one] of raw.entries()) {
    const translation = source.translate(one, { source: id, settings, receivedMs });
    if ('record' in translation) records.push(translation.record);
    else refused.push({ why: translation.refused.why, where: `/${index}${translation.refused.where}` });
  }
  return { records, refused };
}
