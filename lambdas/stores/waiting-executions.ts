// Waking an execution that waits with a task token.
import { SendTaskSuccessCommand, SFNClient, TaskDoesNotExist, TaskTimedOut } from '@aws-sdk/client-sfn';

export interface WaitingExecutions {
  /** Lets it go on. One that no longer waits is left in peace. */
  wake(token: string): Promise<void>;
}

export function stepFunctionsExecutions(): WaitingExecutions {
  const client = new SFNClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return {
    async wake(token) {
      try {
        await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
      } catch (error) {
        if (!(error instanceof TaskTimedOut || error instanceof TaskDoesNotExist)) throw error;
      }
    },
  };
}
