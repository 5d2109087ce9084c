// One-time schedules for what takes effect later. A schedule only wakes take-effect, which judges by the facts as
// they then are, so a schedule left over from a rescinded fact does no harm.
import { ConflictException, CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { sha256Hex } from '../core/canonical-json.ts';
import { toIso } from '../core/moment.ts';
import { fromEnvironment } from './environment.ts';

export interface TransitionScheduler {
  /** Wakes take-effect for this identity at this instant (epoch ms); asking twice schedules once. */
  schedule(identityId: string, instantMs: number): Promise<void>;
}

const SECOND_MS = 1_000;
/** How long EventBridge Scheduler goes on trying: after that the sweep has long found it. */
const MAXIMUM_EVENT_AGE_SECONDS = 3_600;

export function eventBridgeScheduler(): TransitionScheduler {
  const client = new SchedulerClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return {
    async schedule(identityId, instantMs) {
      // at() knows whole seconds: rounded up, so that it never fires before the instant.
      const at = toIso(Math.ceil(instantMs / SECOND_MS) * SECOND_MS).slice(0, 19);
      try {
        await client.send(
          new CreateScheduleCommand({
            Name: sha256Hex(`${identityId} ${instantMs}`),
            GroupName: fromEnvironment('scheduleGroup'),
            ScheduleExpression: `at(${at})`,
            FlexibleTimeWindow: { Mode: 'OFF' },
            ActionAfterCompletion: 'DELETE',
            Target: {
              Arn: fromEnvironment('takeEffectArn'),
              RoleArn: fromEnvironment('scheduleRoleArn'),
              Input: JSON.stringify({ identityId, instantMs }),
              RetryPolicy: { MaximumEventAgeInSeconds: MAXIMUM_EVENT_AGE_SECONDS, MaximumRetryAttempts: 20 },
            },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
      }
    },
  };
}
