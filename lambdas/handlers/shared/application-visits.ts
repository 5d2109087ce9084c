// What came of visiting applications, as a state machine hands it on: what each execution of
// statemachines/visit-applications.asl.json answered. An application of which no answer came has failed: nothing is known
// of it.
import * as z from 'zod';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { applicationOutcomeSchema } from './application-outcome.ts';

const MAXIMUM_APPLICATIONS = 1_000;
const MAXIMUM_ERRORS = 3;

interface Visited {
  readonly applicationId: string;
}

const visitedSchema: z.ZodType<Visited> = z.looseObject({ applicationId: z.string() });
/** Several by one call, or one. */
const callSchema: z.ZodType<{ readonly visits: readonly Visited[] } | Visited> = z.union([
  z.looseObject({ visits: z.array(visitedSchema).readonly() }),
  visitedSchema,
]);

/** What an input has of them. */
export const visitsShape = {
  /** What was to be visited. */
  batches: z.array(z.array(callSchema).readonly()).max(MAXIMUM_APPLICATIONS).readonly().optional(),
  visits: z
    .strictObject({
      /** Of executions that ended well: lists of outcomes, in JSON as text. */
      answers: z.array(z.string()).max(MAXIMUM_APPLICATIONS),
      /** Of those that did not, by name. */
      errors: z.array(z.string()).max(MAXIMUM_APPLICATIONS),
    })
    .optional(),
  /** Of each application. Only executions that began before there were batches send it, and nothing else. */
  outcomes: z.array(applicationOutcomeSchema).max(MAXIMUM_APPLICATIONS).readonly().optional(),
};

const schema = z.object(visitsShape);
const groupSchema = z.strictObject({ outcomes: z.array(z.unknown()), alone: z.array(z.unknown()) });

/**
 * Of each application that was to be visited; what else is answered counts for nothing.
 *
 * @throws InvalidInputError where it is not said what was visited
 */
export function outcomesOf({ outcomes, batches, visits }: z.infer<typeof schema>): readonly ApplicationOutcome[] {
  if (outcomes !== undefined) return outcomes;
  if (batches === undefined || visits === undefined) {
    const pointer = batches === undefined ? '/batches' : '/visits';
    throw new InvalidInputError('what was visited, and what came of it', [{ pointer, detail: 'is missing' }]);
  }
  const answered = new Map(visits.answers.flatMap(read).map((outcome) => [outcome.applicationId, outcome]));
  const error = describe(visits.errors);
  return batches
    .flat()
    .flatMap((one) => ('visits' in one ? one.visits : one))
    .map(({ applicationId }) => answered.get(applicationId) ?? { applicationId, outcome: 'failed', error });
}

/** What cannot be read is no answer. */
function read(answer: string): readonly ApplicationOutcome[] {
  let outcomes: unknown;
  try {
    outcomes = JSON.parse(answer);
  } catch {
    return [];
  }
  if (!Array.isArray(outcomes)) return [];
  return outcomes.flatMap(inGroup).flatMap((outcome) => applicationOutcomeSchema.safeParse(outcome).data ?? []);
}

/** Of those that were visited together, and then alone where that failed. */
function inGroup(answer: unknown): readonly unknown[] {
  const group = groupSchema.safeParse(answer);
  return group.success ? [...group.data.outcomes, ...group.data.alone] : [answer];
}

function describe(errors: readonly string[]): string {
  const names = [...new Set(errors)].slice(0, MAXIMUM_ERRORS);
  return names.length === 0 ? 'its visit gave no answer' : `its visit gave no answer: ${names.join(', ')}`;
}
