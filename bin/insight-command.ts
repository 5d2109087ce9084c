// What the people there are say about the access model: candidates for a better one, as Markdown with a diff each.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { roleInsight } from '../lambdas/core/access/role-insight.ts';
import { candidatesFor, type ModelFiles } from '../lib/access-model/insight-candidates.ts';
import { CommandError } from './command-error.ts';
import { modelAt, readDeployment } from './model-at.ts';
import { requireTold } from './plan-command.ts';
import { readPopulation } from './population-file.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { renderInsight } from './render-insight.ts';

export async function runInsight(args: readonly string[], { out }: Streams): Promise<number> {
  const options = readOptions(args, ['population', 'model']);
  const file = required(options.population, 'population', 'a file that "tenure export" wrote');
  const deployment = readDeployment();
  const folder = options.model ?? deployment.folder;
  if (folder.startsWith('git:')) {
    throw new CommandError('--model: expected a folder, which the diffs change; a commit has none');
  }
  const model = modelAt(folder, deployment, 'model');
  const { head, people } = await readPopulation(file);
  requireTold(model, head, file);
  const insight = roleInsight(people, model);
  const candidates = candidatesFor(insight, model, filesIn(folder));
  out(renderInsight({ exportedAt: head.exportedAt, model: model.hash, insight, candidates }));
  return 0;
}

/** The model was read before: each of them is there, and no larger than a file of the model may be. */
function filesIn(folder: string): ModelFiles {
  const profiles = join(folder, 'profiles');
  const names = statSync(profiles, { throwIfNoEntry: false }) ? readdirSync(profiles) : [];
  const from = relative('.', profiles).replaceAll('\\', '/');
  const written = names.filter((name) => name.endsWith('.yaml') && !name.startsWith('.')).sort();
  return {
    folder: from,
    profiles: written.map((name) => ({ path: `${from}/${name}`, text: readFileSync(join(profiles, name), 'utf8') })),
  };
}
