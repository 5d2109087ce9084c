// Where the executions of a burst spent their time, by their own histories: what a state took, waiting for a free worker
// included, since that is what a burst mostly does.
import type { SFNClient } from '@aws-sdk/client-sfn';
import { percentile } from './burst-outcome.ts';
import { arnOf, executionsSince, historyOf, staysIn } from './executions.ts';

/** Executions of each state machine whose histories are read, spread over all of the burst. */
const SAMPLE = 40;
const SHOWN = 12;

/** @param stateMachines stage → ARN */
export async function printWhereTimeWent(
  client: SFNClient,
  stateMachines: Readonly<Record<string, string>>,
  sinceMs: number,
): Promise<void> {
  const rows: { readonly where: string; readonly tookMs: readonly number[]; readonly share: number }[] = [];
  for (const [stage, arn] of Object.entries(stateMachines)) {
    const executions = await executionsSince(client, arn, sinceMs);
    const sample = executions.filter((_, index) => index % Math.ceil(executions.length / SAMPLE) === 0);
    const tookMs = new Map<string, number[]>();
    for (const { executionArn } of sample) {
      for (const { state, enteredMs, leftMs } of staysIn(await historyOf(client, arnOf(executionArn, stage)))) {
        tookMs.set(state, [...(tookMs.get(state) ?? []), leftMs - enteredMs]);
      }
    }
    for (const [state, took] of tookMs) {
      const sum = took.reduce((total, each) => total + each, 0);
      rows.push({ where: `${stage}: ${state}`, tookMs: took, share: sum / sample.length });
    }
  }
  console.log(
    '\nWhere the executions spent their time: seconds in a state, of a sample; a nested execution counts in both.',
  );
  console.log(line('', ['p50', 'p95', 'each']));
  for (const { where, tookMs, share } of rows.sort((a, b) => b.share - a.share).slice(0, SHOWN)) {
    const cells = [percentile(tookMs, 0.5), percentile(tookMs, 0.95), share].map((ms) => (ms / 1_000).toFixed(2));
    console.log(line(where, cells));
  }
}

function line(what: string, cells: readonly string[]): string {
  return `  ${what.padEnd(56)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}
