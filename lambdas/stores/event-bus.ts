// The event bus: what has taken effect, told to the rules that start state machines. Ids only, no personal data.
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { RetryableError } from '../core/errors.ts';
import type { Stage } from '../core/identity/stage.ts';
import { fromEnvironment } from './environment.ts';

export const EVENT_SOURCE = 'tenure';

/** The detail type by which rules choose a state machine. `Refresh`: nothing changed by itself, so just make it so. */
export const DETAIL_TYPES = {
  joiner: 'Joiner',
  mover: 'Mover',
  leaver: 'Leaver',
  suspension: 'Suspension',
  return: 'Return',
  unchanged: 'Refresh',
} as const satisfies Record<Stage, string>;

export interface StageEvent {
  readonly identityId: string;
  readonly version: number;
  /** The fact, or `instant:<RFC 3339>`, that brought the stage about. */
  readonly trigger: string;
}

export interface EventBus {
  publish(stage: Stage, event: StageEvent): Promise<void>;
}

export function eventBridgeBus(): EventBus {
  const client = new EventBridgeClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return {
    async publish(stage, event) {
      const entry = {
        EventBusName: fromEnvironment('eventBus'),
        Source: EVENT_SOURCE,
        DetailType: DETAIL_TYPES[stage],
        Detail: JSON.stringify(event),
      };
      const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      if (FailedEntryCount) throw new RetryableError(`the event bus refused an event: ${Entries?.[0]?.ErrorCode}`);
    },
  };
}
