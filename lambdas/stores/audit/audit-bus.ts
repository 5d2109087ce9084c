// The bus on which entries of the log leave for a SIEM: pseudonyms and ids, no personal data.
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PUBLISHED_SOURCE, type PublishedEvent } from '../../core/audit/ocsf/published-events.ts';
import { fromEnvironment } from '../environment.ts';

export interface AuditBus {
  /** At most as many as one request takes. @returns those that the bus refused, to be sent again */
  send(events: readonly PublishedEvent[]): Promise<readonly PublishedEvent[]>;
}

export function eventBridgeAuditBus(): AuditBus {
  const client = new EventBridgeClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return {
    async send(events) {
      const { FailedEntryCount, Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: events.map(({ detailType, detail }) => ({
            EventBusName: fromEnvironment('auditBus'),
            Source: PUBLISHED_SOURCE,
            DetailType: detailType,
            Detail: detail,
          })),
        }),
      );
      return FailedEntryCount ? events.filter((_event, index) => Entries[index]?.ErrorCode !== undefined) : [];
    },
  };
}
