// npm run bench -- detections: by detection, the labelled records on which it must fire and on which it must not, and what
// it did. A finding of low severity is recorded and counts here as none.
import { DETECTIONS } from '../../lambdas/core/detection/detections/all.ts';
import { type Judged, judgeSample, readSamples, type Sample, STRICTER, UNMAPPED } from '../support/labelled-samples.ts';

export async function printDetections(): Promise<void> {
  const samples = readSamples();
  if (samples === undefined) {
    console.log('The labelled samples are not here: expected ../shared/activity-samples.');
    return;
  }
  const judged = samples.flatMap((sample) => judgeSample(sample) ?? []);
  console.log(
    `${samples.length} labelled records; ${judged.length} of ${new Set(judged.map(({ sample }) => sample.rule)).size} rules say what a detection says.\n`,
  );
  console.log('| Detection | Rules | Must fire | Fired | Must not | Fired all the same | Precision | Recall |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const { id } of DETECTIONS)
    printRow(
      id,
      judged.filter(({ detection }) => detection.id === id),
    );
  printRow('all', judged);
  console.log('\nWhere a detection says otherwise than the rule:');
  for (const { sample, detection, fired } of judged.filter(isOtherwise)) {
    console.log(
      `- ${sample.rule} (${detection.id} ${fired ? 'fires' : 'does not fire'}): ${STRICTER[sample.rule] ?? 'not explained'}`,
    );
  }
  console.log('\nRules that no detection says, and why:');
  for (const [why, rules] of unmappedRules(samples)) console.log(`- ${why}: ${rules.join(', ')}`);
}

export function isOtherwise({ sample, fired }: Judged): boolean {
  return fired !== sample.expected;
}

function printRow(name: string, judged: readonly Judged[]): void {
  const must = judged.filter(({ sample }) => sample.expected);
  const mustNot = judged.filter(({ sample }) => !sample.expected);
  const [right, wrong] = [must.filter(({ fired }) => fired).length, mustNot.filter(({ fired }) => fired).length];
  const share = (part: number, whole: number) => (whole === 0 ? '—' : `${Math.round((100 * part) / whole)} %`);
  const rules = new Set(judged.map(({ sample }) => sample.rule)).size;
  const cells = [
    name,
    rules,
    must.length,
    right,
    mustNot.length,
    wrong,
    share(right, right + wrong),
    share(right, must.length),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function unmappedRules(samples: readonly Sample[]): ReadonlyMap<string, readonly string[]> {
  const rules = [
    ...new Set(samples.filter((sample) => judgeSample(sample) === undefined).map(({ rule }) => rule)),
  ].sort();
  const byReason = new Map<string, string[]>();
  for (const rule of rules) {
    const why = UNMAPPED.find(([pattern]) => pattern.test(rule))?.[1] ?? 'not explained';
    byReason.set(why, [...(byReason.get(why) ?? []), rule]);
  }
  return byReason;
}
