// The one task of every connector function: read what is, compute what should be, apply the difference, read back.
import type { ApplicationOutcome } from '../core/settlement.ts';
import { isEmployed } from '../core/timeline.ts';
import { serveTask } from '../middleware/serve-task.ts';
import { dynamoTargetPaceStore } from '../stores/dynamo-target-pace-store.ts';
import { type Connect, connectApplication } from './shared/connect-application.ts';
import { convergeByHand } from './shared/converge-by-hand.ts';
import { convergeTarget } from './shared/converge-target.ts';
import { type ConvergenceInput, convergenceInputSchema, gatherCall } from './shared/convergence-call.ts';
import { type Dependencies, liveDependencies } from './shared/dependencies.ts';
import { PostponedError } from './shared/paced-calls.ts';
import { pacedConnect } from './shared/paced-target.ts';
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
    const connected = await dependencies.connect(call.application, mode);
    if (connected.kind === 'manual') return convergeByHand(dependencies, call, connected);
    try {
      return await convergeTarget(dependencies, call, connected);
    } catch (error) {
      // An answer, since an error would lose how long to wait, and would be tried again at once. What only locks down or
      // proves is never done over again by settling: there it stays a failure.
      if (mode !== 'converge' || !(error instanceof PostponedError)) throw error;
      const { because, message, retryAfterMs = 0 } = error;
      return { applicationId, outcome: 'postponed', because, retryAfterMs, error: message };
    } finally {
      await connected.release?.();
    }
  };

function liveConvergeApplication() {
  const dependencies = liveDependencies();
  const { clock, newId } = dependencies;
  const connect = pacedConnect({ connect: connectApplication, paces: dynamoTargetPaceStore(), clock, newId });
  return convergeApplication({ ...dependencies, connect });
}

let live: ReturnType<typeof convergeApplication> | undefined;

export const handler = serveTask('converge-application', convergenceInputSchema, (input) => {
  live ??= liveConvergeApplication();
  return live(input);
});
