// The one task of every connector function: read what is, compute what should be, apply the difference, read back.
import type { ApplicationOutcome } from '../core/settlement.ts';
import { isEmployed } from '../core/timeline.ts';
import { serveTask } from '../middleware/serve-task.ts';
import { type Connect, connectApplication } from './shared/connect-application.ts';
import { convergeByHand } from './shared/converge-by-hand.ts';
import { convergeTarget } from './shared/converge-target.ts';
import { type ConvergenceInput, convergenceInputSchema, gatherCall } from './shared/convergence-call.ts';
import { type Dependencies, liveDependencies } from './shared/dependencies.ts';
import { LEASE_MS } from './shared/timing.ts';

export interface ConvergeDependencies extends Dependencies {
  readonly connect: Connect;
}

export const convergeApplication =
  (dependencies: ConvergeDependencies) =>
  async (input: ConvergenceInput): Promise<ApplicationOutcome> => {
    const { identities, clock } = dependencies;
    const { identityId, applicationId, epoch, mode } = input;
    const overtaken = { applicationId, outcome: 'overtaken' } as const;
    if (mode === 'converge' && !(await identities.renewLease({ identityId, epoch, expiresMs: clock() + LEASE_MS }))) {
      return overtaken;
    }
    const call = await gatherCall(dependencies, input);
    // What was asked for one who left is no longer asked when it is employed again.
    if (mode !== 'converge' && isEmployed(call.state)) return overtaken;
    const connected = await dependencies.connect(call.application);
    return connected.kind === 'manual'
      ? convergeByHand(dependencies, call, connected)
      : convergeTarget(dependencies, call, connected);
  };

let live: ReturnType<typeof convergeApplication> | undefined;

export const handler = serveTask('converge-application', convergenceInputSchema, (input) => {
  live ??= convergeApplication({ ...liveDependencies(), connect: connectApplication });
  return live(input);
});
