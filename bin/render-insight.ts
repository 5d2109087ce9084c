// Role insight for people: bounded, with people by id alone.
import type { Outlier, RoleInsight } from '../lambdas/core/access/role-insight.ts';
import type { Candidate, Candidates } from '../lib/access-model/insight-candidates.ts';

export interface Insight {
  readonly exportedAt: string;
  /** The model's hash. */
  readonly model: string;
  readonly insight: RoleInsight;
  readonly candidates: Candidates;
}

/** Of each kind; whoever has gone through them runs it again. */
const SHOWN = 20;
const SHOWN_IDS = 10;
const HASH_LENGTH = 12;

export function renderInsight({ exportedAt, model, insight, candidates }: Insight): string {
  const { population, outliers } = insight;
  return [
    '# Role insight',
    '',
    `Access model ${model.slice(0, HASH_LENGTH)}, ${population} identities as of ${exportedAt}. Nothing here is a decision: each diff is for`,
    '`git apply` from the root of the repository, and `npx tenure plan` says what it does.',
    '',
    ...section('Profiles that nobody has', candidates.unheld),
    ...section('Profiles that always go together', candidates.together),
    ...section('What people keep asking for', candidates.asked),
    ...outlierSection(outliers),
  ]
    .join('\n')
    .trimEnd();
}

function section(title: string, all: readonly Candidate[]): readonly string[] {
  return [`## ${title} (${all.length})`, '', ...all.slice(0, SHOWN).flatMap(renderCandidate), ...moreOf(all.length)];
}

function renderCandidate({ title, why, wouldGain = [], diff }: Candidate): readonly string[] {
  const gain = wouldGain.length === 0 ? [] : ['', `They would gain it: ${idsOf(wouldGain)}`];
  return [`### ${title}`, '', ...why, ...gain, '', ...(diff === undefined ? [] : fenced(diff))];
}

/** What somebody wrote into a file of the model may hold a fence of its own. */
function fenced(diff: string): readonly string[] {
  const longest = Math.max(2, ...[...diff.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  // The last line may be an empty one of the file, which is a space here.
  return [`${fence}diff`, diff.replace(/\n$/, ''), fence, ''];
}

function outlierSection(outliers: readonly Outlier[]): readonly string[] {
  const rows = outliers.slice(0, SHOWN).map(({ identityId, peers, peerCount, held, median, rare }) => {
    const like = Object.values(peers).join(', ').replaceAll('|', '\\|');
    return `| ${identityId} | ${held} | ${median} | ${peerCount} of ${like} | ${rare.map((one) => `\`${one}\``).join(' ')} |`;
  });
  const head = [
    '| Identity | Holds | Half of its peers hold at most | Peers | Rarest of it |',
    '|---|---|---|---|---|',
  ];
  return [
    `## Identities that hold far more than their peers (${outliers.length})`,
    '',
    ...(rows.length === 0
      ? []
      : [
          ...head,
          ...rows,
          '',
          'Why each holds what it does: `GET /identities/{id}`. No change of the model follows from it.',
          '',
        ]),
    ...moreOf(outliers.length),
  ];
}

function moreOf(count: number): readonly string[] {
  if (count === 0) return ['None.', ''];
  return count > SHOWN ? [`${count - SHOWN} more.`, ''] : [];
}

function idsOf(identityIds: readonly string[]): string {
  const more = identityIds.length - SHOWN_IDS;
  return `${identityIds.slice(0, SHOWN_IDS).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}
