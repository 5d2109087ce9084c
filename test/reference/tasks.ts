// What people must have been asked to do in a system without an API, from the glossary and DESIGN: a task for each
// difference between what somebody attested and what there should be. What was asked for and never attested may have
// been done all the same.
import type { Step } from '../../lambdas/core/access/difference.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { Application } from '../../lambdas/core/access-model/access-model.ts';
import type { AttestedStep } from '../../lambdas/core/identity/facts.ts';
import type { ReferenceAccount } from './access.ts';
import { faults } from './certificates.ts';

export interface ManualWork {
  readonly application: Application;
  readonly wanted: ReferenceAccount | undefined;
  /** What people really stated, oldest first. */
  readonly attested: readonly AttestedWork[];
  /** Every task of this application, as it is kept. */
  readonly tasks: readonly TaskRecord[];
}

export interface AttestedWork {
  readonly taskId: string;
  readonly attestedBy: string;
  readonly atMs: number;
  readonly steps: readonly AttestedStep[];
}

interface Account {
  readonly enabled: boolean;
  readonly grants: ReadonlySet<string>;
}

const GIVES: ReadonlySet<string> = new Set(['create-account', 'enable-account', 'grant']);

/** @returns what is wrong; empty when each task is as it must be */
export function faultsOfTasks(work: ManualWork): readonly string[] {
  const { tasks, attested } = work;
  const open = tasks.filter(({ status }) => status === 'open');
  const asked = open.flatMap(({ steps }) => steps.map(describe)).sort();
  const must = mustBeAsked(work);
  const unattested = tasks.filter(
    ({ taskId, status, attestedBy }) =>
      status === 'done' && !attested.some((one) => one.taskId === taskId && one.attestedBy === attestedBy),
  );
  const isDone = ({ taskId }: AttestedWork) => tasks.some((task) => task.taskId === taskId && task.status === 'done');
  return faults([
    [open.length > 1, `${open.length} tasks are open at once`],
    [asked.join() !== must.join(), `people are asked to [${asked}], and should be to [${must}]`],
    [unattested.length > 0, `${unattested.map(({ taskId }) => taskId)} is done, and nobody attested it`],
    [!attested.every(isDone), 'a task was attested, and is not done'],
  ]).map((fault) => `${work.application.id}: ${fault}`);
}

/** What an open task must ask for, no more and no less; sorted. */
export function mustBeAsked({ application, wanted, attested, tasks }: ManualWork): readonly string[] {
  const perhaps = tasks
    .filter(({ status }) => status !== 'done')
    .map(({ openedMs, steps }) => ({ atMs: openedMs, steps: steps.filter(({ action }) => GIVES.has(action)) }));
  const certain = addUp(attested);
  const possible = addUp([...attested, ...perhaps]);
  if (wanted === undefined) return [...disable(possible), ...revoke([...(possible?.grants ?? [])])].sort();
  const grants = application.entitlements
    .filter(({ id }) => wanted.entitlements.includes(id))
    .map(({ grant }) => grant);
  if (certain === undefined) return wanted.enabled ? ['create-account', ...grants.map(toGrant)].sort() : [];
  const missing = grants.filter((grant) => !certain.grants.has(grant)).map(toGrant);
  const unwanted = [...(possible?.grants ?? [])].filter((grant) => !grants.includes(grant));
  const turned = wanted.enabled && !certain.enabled ? ['enable-account'] : wanted.enabled ? [] : disable(certain);
  return [...turned, ...missing, ...revoke(unwanted)].sort();
}

function addUp(
  work: readonly { readonly atMs: number; readonly steps: readonly (Step | AttestedStep)[] }[],
): Account | undefined {
  let account: Account | undefined;
  for (const step of work.toSorted((a, b) => a.atMs - b.atMs).flatMap(({ steps }) => steps)) {
    const { action } = step;
    const grant = 'grant' in step ? (step.grant ?? '') : '';
    if (action === 'create-account') account ??= { enabled: true, grants: new Set() };
    if (account === undefined) continue;
    const { enabled, grants } = account;
    if (action === 'create-account' || action === 'enable-account') account = { enabled: true, grants };
    if (action === 'disable-account') account = { enabled: false, grants };
    if (action === 'grant') account = { enabled, grants: new Set([...grants, grant]) };
    if (action === 'revoke') account = { enabled, grants: new Set([...grants].filter((held) => held !== grant)) };
  }
  return account;
}

function disable(account: Account | undefined): string[] {
  return account?.enabled ? ['disable-account'] : [];
}

function revoke(grants: readonly string[]): string[] {
  return grants.map((grant) => `revoke ${grant}`);
}

function toGrant(grant: string): string {
  return `grant ${grant}`;
}

function describe(step: Step): string {
  return 'grant' in step ? `${step.action} ${step.grant}` : step.action;
}
