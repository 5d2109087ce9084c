// Starting the state machine that opens a campaign: one execution for each, named after it, so that starting it again is harmless.
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { fromEnvironment } from '../environment.ts';

export interface CampaignWorkflow {
  start(campaignId: string): Promise<void>;
}

export function stepFunctionsCampaign(): CampaignWorkflow {
  const client = new SFNClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return {
    async start(campaignId) {
      const stateMachineArn = fromEnvironment('accessReviewArn');
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn, name: campaignId, input: JSON.stringify({ campaignId }) }),
        );
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
  };
}
