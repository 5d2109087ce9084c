// What another access model would change, printed before it is deployed; the exit code is a gate.
import { type ModelPlan, planModelChange } from '../lambdas/core/access/model-plan.ts';
import type { AccessModel } from '../lambdas/core/access-model/access-model.ts';
import type { EventPattern } from '../lambdas/core/access-model/event-pattern.ts';
import { CommandError } from './command-error.ts';
import { modelAt, readDeployment } from './model-at.ts';
import { type PopulationHead, readPopulation } from './population-file.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { FORMATS, type Format, type PlannedChange } from './render-plan.ts';

const BEYOND = 3;

export async function runPlan(args: readonly string[], { out, error }: Streams): Promise<number> {
  const options = readOptions(args, ['population', 'before', 'after', 'format', 'max-removals']);
  const file = required(options.population, 'population', 'a file that "tenure export" wrote');
  const from = required(options.before, 'before', 'the folder of the model before, or git:REF');
  const render = FORMATS[readFormat(options.format)];
  const limit = readLimit(options['max-removals']);
  const deployment = readDeployment();
  const before = modelAt(from, deployment, 'before');
  const after = modelAt(options.after ?? deployment.folder, deployment, 'after');
  const { head, people } = await readPopulation(file);
  for (const model of [before, after]) requireTold(model, head, file);
  const plan = planModelChange(people, before, after, Date.now());
  const change: PlannedChange = { before: before.hash, after: after.hash, exportedAt: head.exportedAt, plan };
  out(render(change));
  const allowed = limit?.(plan);
  if (allowed === undefined || plan.losing <= allowed) return 0;
  error(
    `${plan.losing} identities would lose something: more than the ${allowed} of --max-removals ${options['max-removals']}`,
  );
  return BEYOND;
}

function readFormat(written = 'text'): Format {
  if (Object.hasOwn(FORMATS, written)) return written as Format;
  throw new CommandError(`--format ${written}: expected ${Object.keys(FORMATS).join(', ')}`);
}

function readLimit(written: string | undefined): ((plan: ModelPlan) => number) | undefined {
  if (written === undefined) return undefined;
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,3})?)(%?)$/.exec(written) ?? [];
  const limit = Number(number);
  if (percent === '%' && limit <= 100) return ({ population }) => Math.floor((population * limit) / 100);
  if (percent === '' && Number.isInteger(limit)) return () => limit;
  throw new CommandError(`--max-removals ${written}: expected a whole number of identities, or a share such as 5%`);
}

/** A condition on what the file leaves out would hold for nobody, and the plan would say that all of them lose. */
export function requireTold({ profiles }: AccessModel, { withheld }: PopulationHead, file: string): void {
  const asking = profiles.flatMap(({ id, when }) =>
    attributesIn(when).flatMap((name) => (withheld.some((one) => one === name) ? [`${id} asks about ${name}`] : [])),
  );
  if (asking.length === 0) return;
  throw new CommandError(
    `${file} leaves out what profiles ask about (${asking.slice(0, 5).join(', ')}): export it with --with-names`,
  );
}

function attributesIn({ $or = [], ...named }: EventPattern): readonly string[] {
  return [...Object.keys(named), ...$or.flatMap(attributesIn)];
}
