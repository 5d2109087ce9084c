// A system with no API is observed through people: its account is what attested tasks add up to. What was asked for
// and never attested may have been done all the same, so it counts as held until somebody attests its removal.

import type { Application } from '../access-model/access-model.ts';
import type { AccessSeenFact, AttestedStep, Fact, TaskAttestedFact } from '../identity/facts.ts';
import type { AccountState } from '../systems/account.ts';
import type { DesiredAccount } from './desired-access.ts';
import type { Step } from './difference.ts';
import type { TaskRecord } from './task-record.ts';

/** A task that was opened and not attested. */
export type UnattestedTask = Pick<TaskRecord, 'applicationId' | 'openedMs' | 'steps'>;

/** Steps that were taken, or may have been. */
export interface DatedSteps {
  readonly atMs: number;
  readonly steps: readonly AttestedStep[];
}

interface Account {
  enabled: boolean;
  readonly grants: Set<string>;
}

/**
 * What to take as observed: as attested where access is to be given, as possible where it is to be taken away.
 *
 * @param seen what there may be by what its connector read, before the system was out of reach
 */
export function attestedAccount(
  facts: readonly Fact[],
  unattested: readonly UnattestedTask[],
  application: Application,
  desired: DesiredAccount | undefined,
  seen?: DatedSteps,
): AccountState | undefined {
  const attested = facts.filter((fact): fact is Stating => isStating(fact) && fact.applicationId === application.id);
  const stated = attested.map(statedAt);
  const certain = fold(stated);
  const possible = fold([
    ...(seen === undefined ? [] : [seen]),
    ...attested.map(possiblyAt),
    ...unattested
      .filter(({ applicationId }) => applicationId === application.id)
      .map(({ openedMs, steps }) => ({ atMs: openedMs, steps: steps.filter(addsAccess).map(toAttestedStep) })),
  ]);
  if (desired === undefined) return toObserved(possible);
  if (certain === undefined) return undefined;
  const wanted = new Set(desired.entitlements.map(({ entitlement }) => grantOf(application, entitlement)));
  const unwanted = [...(possible?.grants ?? [])].filter((grant) => !wanted.has(grant));
  return toObserved({ enabled: certain.enabled, grants: new Set([...certain.grants, ...unwanted]) });
}

/** What people say of a system that no connector reads. */
type Stating = TaskAttestedFact | AccessSeenFact;

function isStating(fact: Fact): fact is Stating {
  return fact.type === 'task-attested' || fact.type === 'access-seen';
}

/** What a list shows was so when it was made, whenever it came. */
function statedAt(fact: Stating): DatedSteps {
  return { atMs: fact.type === 'access-seen' ? fact.seenMs : fact.receivedMs, steps: fact.steps };
}

/** What a list lacks may be there all the same, so whoever leaves is asked after it. */
function possiblyAt(fact: Stating): DatedSteps {
  const { atMs, steps } = statedAt(fact);
  return { atMs, steps: fact.type === 'access-seen' ? steps.filter(addsAccess) : steps };
}

/** Only what a person can do to an account is asked of one. */
export function toAttestedStep(step: Step): AttestedStep {
  switch (step.action) {
    case 'grant':
    case 'revoke':
      return { action: step.action, grant: step.grant };
    case 'create-account':
    case 'enable-account':
    case 'disable-account':
      return { action: step.action };
    case 'end-sessions':
    case 'revoke-credential':
    case 'transfer-ownership':
    case 'archive-account':
    case 'delete-account':
    case 'update-account':
      throw new Error(`a manual task cannot hold the step ${step.action}`);
    default:
      return step satisfies never;
  }
}

function addsAccess({ action }: Pick<Step | AttestedStep, 'action'>): boolean {
  return action === 'create-account' || action === 'enable-account' || action === 'grant';
}

function fold(events: readonly DatedSteps[]) {
  let account: Account | undefined;
  for (const { steps } of events.toSorted((a, b) => a.atMs - b.atMs)) {
    for (const step of steps) {
      if (step.action === 'create-account') account ??= { enabled: true, grants: new Set() };
      if (account === undefined) continue;
      if (step.action === 'create-account' || step.action === 'enable-account') account.enabled = true;
      if (step.action === 'disable-account') account.enabled = false;
      if (step.action === 'grant' && step.grant !== undefined) account.grants.add(step.grant);
      if (step.action === 'revoke' && step.grant !== undefined) account.grants.delete(step.grant);
    }
  }
  return account;
}

function toObserved(account: Account | undefined): AccountState | undefined {
  return account && { enabled: account.enabled, grants: [...account.grants].sort(), attributes: {} };
}

function grantOf(application: Application, entitlement: string): string | undefined {
  return application.entitlements.find(({ id }) => id === entitlement)?.grant;
}

/** What people have said that somebody holds in an application; undefined: no account. */
export function statedAccount(
  facts: readonly Fact[],
  applicationId: string,
): { readonly enabled: boolean; readonly grants: ReadonlySet<string> } | undefined {
  return fold(
    facts.filter((fact): fact is Stating => isStating(fact) && fact.applicationId === applicationId).map(statedAt),
  );
}

/** Where a list showed that somebody is let in or holds something, whether or not Tenure ever gave it; by application. */
export function seenOpen(facts: readonly Fact[]): readonly string[] {
  const listed = facts.flatMap((fact) => (fact.type === 'access-seen' ? [fact.applicationId] : []));
  return [...new Set(listed)].filter((applicationId) => {
    const stated = statedAccount(facts, applicationId);
    return stated !== undefined && (stated.enabled || stated.grants.size > 0);
  });
}

/** The last time that anybody said anything of it (epoch ms). */
export function lastStatedMs(facts: readonly Fact[], applicationId: string): number {
  const said = facts.filter((fact): fact is Stating => isStating(fact) && fact.applicationId === applicationId);
  return Math.max(0, ...said.map((fact) => statedAt(fact).atMs));
}
