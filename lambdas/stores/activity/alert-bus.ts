// The bus on which alerts leave for a SIEM, as OCSF Detection Findings. They name identities by their ids.
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { RetryableError } from '../../core/errors.ts';
import { fromEnvironment } from '../environment.ts';

export const ALERT_SOURCE = 'tenure.alerts';
export const ALERT_DETAIL_TYPE = 'Detection Finding';

export type PublishFinding = (finding: Readonly<Record<string, unknown>>) => Promise<void>;

export function eventBridgeAlertBus(): PublishFinding {
  const client = new EventBridgeClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return async (finding) => {
    const entry = {
      EventBusName: fromEnvironment('alertBus'),
      Source: ALERT_SOURCE,
      DetailType: ALERT_DETAIL_TYPE,
      Detail: JSON.stringify(finding),
    };
    const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount) throw new RetryableError(`the bus of alerts refused one: ${Entries?.[0]?.ErrorCode}`);
  };
}
