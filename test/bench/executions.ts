// What executions tell of themselves, by the API of Step Functions: when they began and ended, and what each state took.
import {
  type ExecutionListItem,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';

/** How an execution ends that does not succeed. */
export const ENDED_BADLY: readonly ExecutionStatus[] = ['FAILED', 'TIMED_OUT', 'ABORTED'];

const PAGE = 1_000;
const MAXIMUM_PAGES = 100;

export interface Nested {
  readonly executionArn: string;
  readonly stateMachineArn: string;
}

/** What a state took, in the order in which they were left. */
export interface Stay {
  readonly state: string;
  readonly enteredMs: number;
  readonly leftMs: number;
}

/** All of this state machine that began at or after an instant. */
export async function executionsSince(
  client: SFNClient,
  stateMachineArn: string,
  sinceMs: number,
  statusFilter?: ExecutionStatus,
): Promise<readonly ExecutionListItem[]> {
  const found: ExecutionListItem[] = [];
  let nextToken: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const answer = await client.send(
      new ListExecutionsCommand({
        stateMachineArn,
        maxResults: PAGE,
        nextToken,
        ...(statusFilter && { statusFilter }),
      }),
    );
    found.push(...(answer.executions ?? []).filter(({ startDate }) => (startDate?.getTime() ?? 0) >= sinceMs));
    nextToken = answer.nextToken;
    if (nextToken === undefined) return found;
  }
  throw new Error(`${stateMachineArn} has more than ${MAXIMUM_PAGES} pages of executions`);
}

export async function historyOf(client: SFNClient, executionArn: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const answer = await client.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: PAGE, nextToken, includeExecutionData: true }),
    );
    events.push(...(answer.events ?? []));
    nextToken = answer.nextToken;
    if (nextToken === undefined) return events;
  }
  throw new Error(`${executionArn} has more than ${MAXIMUM_PAGES} pages of history`);
}

/**
 * The first executions that it started and waited for: of a state machine, and of an Express one. Only a local cloud keeps
 * the history of the latter.
 */
export function nestedIn(events: readonly HistoryEvent[]): { readonly nested?: Nested; readonly express?: Nested } {
  const found: { nested?: Nested; express?: Nested } = {};
  for (const { taskSucceededEventDetails } of events) {
    const { ExecutionArn, StateMachineArn } = JSON.parse(taskSucceededEventDetails?.output ?? '{}') as {
      ExecutionArn?: string;
      StateMachineArn?: string;
    };
    if (ExecutionArn === undefined || StateMachineArn === undefined) continue;
    const kind = taskSucceededEventDetails?.resource?.includes('startSyncExecution') ? 'express' : 'nested';
    found[kind] ??= { executionArn: ExecutionArn, stateMachineArn: StateMachineArn };
  }
  return found;
}

export function staysIn(events: readonly HistoryEvent[]): readonly Stay[] {
  const stays: Stay[] = [];
  let enteredMs = 0;
  for (const { timestamp, stateEnteredEventDetails, stateExitedEventDetails } of events) {
    const atMs = timestamp?.getTime() ?? Number.NaN;
    if (stateEnteredEventDetails !== undefined) enteredMs = atMs;
    const state = stateExitedEventDetails?.name;
    if (state !== undefined) stays.push({ state, enteredMs, leftMs: atMs });
  }
  return stays;
}

export function arnOf(arn: string | undefined, what: string): string {
  if (arn === undefined) throw new Error(`${what} has no ARN`);
  return arn;
}
