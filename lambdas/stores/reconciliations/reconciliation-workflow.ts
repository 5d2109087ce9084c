// Starting the state machine that reconciles an application. Ids only: its input is kept in the execution's history.
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { fromEnvironment } from '../environment.ts';

/** `report`: a run; `repair`: converge whom the last report concerns. */
export type ReconciliationAsk = 'report' | 'repair';

export interface ReconciliationWorkflow {
  start(applicationId: string, ask: ReconciliationAsk): Promise<void>;
  /** Goes on with a run that was begun elsewhere. */
  goOn(applicationId: string, runId: string): Promise<void>;
}

export function stepFunctionsReconciliation(): ReconciliationWorkflow {
  const client = new SFNClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  const execute = async (input: object) => {
    const stateMachineArn = fromEnvironment('reconcileArn');
    await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  };
  return {
    start: (applicationId, ask) => execute({ applicationId, ask }),
    goOn: (applicationId, runId) => execute({ applicationId, ask: 'go-on', runId }),
  };
}
