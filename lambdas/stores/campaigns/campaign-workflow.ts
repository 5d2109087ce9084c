// Starting the state machine that opens a campaign: one execution, named after it, so that starting it again is harmless. Where
// it is not open an hour later, another goes on from where that one stopped.
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { fromEnvironment } from '../environment.ts';

export interface CampaignWorkflow {
  /** @param attempt from 0; the same one twice is one */
  start(campaignId: string, attempt: number): Promise<void>;
}

export function stepFunctionsCampaign(): CampaignWorkflow {
  const client = new SFNClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return {
    async start(campaignId, attempt) {
      const stateMachineArn = fromEnvironment('accessReviewArn');
      const name = attempt === 0 ? campaignId : `${campaignId}.${attempt}`;
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ campaignId }) }));
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
  };
}
