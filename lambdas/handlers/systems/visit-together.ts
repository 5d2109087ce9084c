// One call for several applications that one function reaches: side by side, each as if it were alone, but for what all of them
// ask the table for. Whichever fails is called again alone, and fails alone then.
import * as z from 'zod';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import { type ConvergeDependencies, convergeApplication } from './converge-application.ts';
import { convergenceInputSchema } from './convergence-call.ts';
import { sharing, together } from './gathering.ts';

const MAXIMUM_VISITS = 20;

const visitSchema = convergenceInputSchema.pick({ applicationId: true, turn: true });

export const groupInputSchema = convergenceInputSchema
  .omit({ applicationId: true, turn: true })
  .extend({ visits: z.array(visitSchema).min(1).max(MAXIMUM_VISITS) });

export interface VisitedTogether {
  readonly outcomes: readonly ApplicationOutcome[];
  /** Those that failed. */
  readonly left: readonly z.infer<typeof visitSchema>[];
}

export async function visitTogether(
  dependencies: ConvergeDependencies,
  { visits, ...common }: z.infer<typeof groupInputSchema>,
): Promise<VisitedTogether> {
  const visit = convergeApplication(visits.length === 1 ? dependencies : gathering(dependencies));
  const ended = await Promise.allSettled(visits.map((one) => visit({ ...common, ...one })));
  const outcomes = ended.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  return { outcomes, left: visits.filter((_, index) => ended[index]?.status === 'rejected') };
}

function gathering(dependencies: ConvergeDependencies): ConvergeDependencies {
  const { directory, leases, accounts } = dependencies;
  return {
    ...dependencies,
    directory: { ...directory, load: sharing(directory.load) },
    leases: { ...leases, readMark: sharing(leases.readMark) },
    accounts: { ...accounts, saveAccount: together(accounts.saveAccounts) },
  };
}
