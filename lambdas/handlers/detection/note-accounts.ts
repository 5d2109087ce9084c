// Notes by what each account is known in logs (its id, its user name, its keys), so that activity is joined to whose it is. The
// identities table's stream tells which accounts were written; what they are by now is read.
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { clueKey, cluesOfAccount } from '../../core/detection/join.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';

const eventSchema = z.looseObject({ Records: z.array(z.custom<DynamoDBRecord>()).max(10_000) });
const CONCURRENT_IDENTITIES = 5;

export interface NoteDependencies extends Pick<Dependencies, 'directory'> {
  readonly activity: Pick<ActivityStore, 'saveClues'>;
}

export const noteAccounts =
  ({ directory, activity }: NoteDependencies) =>
  async ({ Records }: { readonly Records: readonly DynamoDBRecord[] }): Promise<void> => {
    const byIdentity = new Map<string, Set<string>>();
    for (const { dynamodb } of Records) {
      const { pk, sk } = dynamodb?.Keys ?? {};
      const [, applicationId] = /^ACCOUNT#(.+)$/.exec(sk?.S ?? '') ?? [];
      if (pk?.S === undefined || applicationId === undefined) continue;
      byIdentity.set(pk.S, (byIdentity.get(pk.S) ?? new Set()).add(applicationId));
    }
    await mapBounded([...byIdentity], CONCURRENT_IDENTITIES, async ([identityId, applications]) => {
      const accounts = (await directory.load(identityId))?.accounts ?? [];
      for (const applicationId of applications) {
        const account = accounts.find((one) => one.applicationId === applicationId);
        const clues = account === undefined ? [] : cluesOfAccount(account);
        await activity.saveClues(identityId, applicationId, clues.map(clueKey));
      }
    });
  };

let live: ReturnType<typeof noteAccounts> | undefined;

export const handler = serveTask('note-accounts', eventSchema, (input) => {
  live ??= noteAccounts({ ...liveDependencies(), activity: dynamoActivityStore() });
  return live(input);
});
