// Whether many passes are under way at once: whoever comes then begins late, and is not lost.
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { fromEnvironment } from './environment.ts';

export interface RunningExecutions {
  /** Whether at least so many of those that make access agree are under way. At most 1,000. */
  areAtLeast(count: number): Promise<boolean>;
}

/** Of executions under way AWS may give fewer than asked for, and name a next page. */
const MAXIMUM_PAGES = 3;

const machinesSchema = z.array(z.string());

/** Step Functions ListExecutions, of the state machines that the environment names (a request for each, mostly). */
export function stepFunctionsRunning(): RunningExecutions {
  const client = new SFNClient({ maxAttempts: 2, requestHandler: { requestTimeout: 5_000 } });
  const machines = machinesSchema.parse(JSON.parse(fromEnvironment('passMachines')));
  return {
    async areAtLeast(count) {
      let running = 0;
      for (const stateMachineArn of machines) {
        let nextToken: string | undefined;
        for (let page = 0; page < MAXIMUM_PAGES && running < count; page += 1) {
          const asked = { stateMachineArn, statusFilter: 'RUNNING', maxResults: count, nextToken } as const;
          const answer = await client.send(new ListExecutionsCommand(asked));
          running += answer.executions?.length ?? 0;
          nextToken = answer.nextToken;
          if (nextToken === undefined) break;
        }
      }
      return running >= count;
    },
  };
}
