// The other half of IAM Identity Center: permission sets assigned to a user on an account, and the deny that cuts off
// role sessions already open ("revoke active permission set sessions" in the user guide).
import type { SSOAdmin } from '@aws-sdk/client-sso-admin';
import { z } from 'zod';
import { PermanentError, RetryableError } from '../core/errors.ts';
import { AwsCalls } from './aws-calls.ts';

const POLL_MS = 500;
/** How long one call waits for IAM Identity Center to carry out what it was asked. */
const WAIT_MS = 15_000;
/** A role's inline policies hold this many characters, white space not counted (IAM quotas). */
const MAX_POLICY_CHARACTERS = 10_240;
/** How long the portal goes by a sign-in it has cached, though the user is deleted: role sessions begin until then. */
export const SIGN_IN_HOURS = 1;
/** No role session lasts longer. A deny says itself when it ends, and the next one that is written clears it away. */
const LONGEST_SESSION_HOURS = 12;
const HOUR_MS = 3_600_000;
const SID_PREFIX = 'TenureSessionsEndedUntil';

/** A permission set on an account, written `<permission set>@<account id>`. */
export interface Assignment {
  readonly permissionSet: string;
  readonly accountId: string;
}

/** Undefined for what is a group's name. */
export function parseAssignment(grant: string): Assignment | undefined {
  const [, permissionSet, accountId] = /^([\w+=,.@-]{1,32})@(\d{12})$/.exec(grant) ?? [];
  return permissionSet === undefined || accountId === undefined ? undefined : { permissionSet, accountId };
}

export interface PermissionSetsOptions {
  readonly instanceArn: string;
  readonly callTimeoutMs: number;
  readonly pageSize: number;
}

/** What is kept of a policy is kept as it is. */
const policySchema = z.looseObject({
  Version: z.string().optional(),
  Statement: z.union([z.array(z.looseObject({ Sid: z.string().optional() })), z.looseObject({})]),
});
const ownStatementSchema = z.object({
  Condition: z.object({ StringEquals: z.object({ 'identitystore:UserId': z.array(z.string()) }) }),
});

interface Progress {
  readonly Status?: string | undefined;
  readonly RequestId?: string | undefined;
}

export class PermissionSets {
  readonly #admin: SSOAdmin;
  readonly #calls: AwsCalls;
  readonly #InstanceArn: string;
  readonly #pageSize: number;
  readonly #names = new Map<string, string>();

  constructor(admin: SSOAdmin, { instanceArn, callTimeoutMs, pageSize }: PermissionSetsOptions) {
    this.#admin = admin;
    this.#calls = new AwsCalls({ system: 'IAM Identity Center', callTimeoutMs });
    this.#InstanceArn = instanceArn;
    this.#pageSize = pageSize;
  }

  /** The user's own; what a group brings is the group's. */
  async assignmentsOf(userId: string): Promise<readonly string[]> {
    const InstanceArn = this.#InstanceArn;
    const found = await this.#calls.list('ListAccountAssignmentsForPrincipal', (next, options) =>
      this.#admin
        .listAccountAssignmentsForPrincipal(
          { InstanceArn, PrincipalId: userId, PrincipalType: 'USER', MaxResults: this.#pageSize, ...tokenOf(next) },
          options,
        )
        .then(({ AccountAssignments, NextToken }) => ({ items: AccountAssignments, next: NextToken })),
    );
    const names = new Set<string>();
    for (const { AccountId, PermissionSetArn, PrincipalType, PrincipalId } of found) {
      if (PrincipalType !== 'USER' || PrincipalId !== userId) continue;
      const name = await this.#nameOf(required(PermissionSetArn));
      if (name !== undefined) names.add(`${name}@${AccountId}`);
    }
    return [...names];
  }

  /** @throws PermanentError when there is no such permission set */
  async assign(userId: string, assignment: Assignment): Promise<void> {
    const PermissionSetArn = await this.#arnOf(assignment.permissionSet);
    if (PermissionSetArn === undefined) {
      throw new PermanentError(
        `IAM Identity Center: there is no permission set "${assignment.permissionSet}": create it, or correct the grant`,
      );
    }
    const input = this.#inputOf(userId, assignment, PermissionSetArn);
    const { AccountAssignmentCreationStatus } = await this.#calls.run('CreateAccountAssignment', (options) =>
      this.#admin.createAccountAssignment(input, options),
    );
    await this.#settle('CreateAccountAssignment', AccountAssignmentCreationStatus, async (id) => {
      const asked = { InstanceArn: this.#InstanceArn, AccountAssignmentCreationRequestId: id };
      const answer = await this.#calls.run('DescribeAccountAssignmentCreationStatus', (options) =>
        this.#admin.describeAccountAssignmentCreationStatus(asked, options),
      );
      return answer.AccountAssignmentCreationStatus;
    });
  }

  async unassign(userId: string, assignment: Assignment): Promise<void> {
    const PermissionSetArn = await this.#arnOf(assignment.permissionSet);
    if (PermissionSetArn === undefined) return;
    const input = this.#inputOf(userId, assignment, PermissionSetArn);
    const started = await this.#calls.find('DeleteAccountAssignment', (options) =>
      this.#admin.deleteAccountAssignment(input, options),
    );
    if (started === undefined) return;
    await this.#settle('DeleteAccountAssignment', started.AccountAssignmentDeletionStatus, async (id) => {
      const asked = { InstanceArn: this.#InstanceArn, AccountAssignmentDeletionRequestId: id };
      const answer = await this.#calls.run('DescribeAccountAssignmentDeletionStatus', (options) =>
        this.#admin.describeAccountAssignmentDeletionStatus(asked, options),
      );
      return answer.AccountAssignmentDeletionStatus;
    });
  }

  /**
   * Denies everything to sessions of this user in every permission set, for as long as one can last. Which sets the user
   * has sessions of is not told, and what was assigned may have been taken away by now.
   */
  async denySessionsOf(userId: string, nowMs: number): Promise<void> {
    for (const PermissionSetArn of await this.#arns()) {
      const before = await this.#policyOf(PermissionSetArn);
      const after = withDeny(before, userId, nowMs);
      if (after !== before) {
        if (after.length > MAX_POLICY_CHARACTERS) {
          throw new PermanentError('IAM Identity Center: an inline policy is too long for one more deny');
        }
        const input = { InstanceArn: this.#InstanceArn, PermissionSetArn, InlinePolicy: after };
        await this.#calls.run('PutInlinePolicyToPermissionSet', (options) =>
          this.#admin.putInlinePolicyToPermissionSet(input, options),
        );
      }
      // Also when the deny was there already: an earlier call may have died before it was provisioned.
      await this.#provision(PermissionSetArn);
      // The API has no conditional write: another call's policy may have replaced this one.
      if (!(await this.#policyOf(PermissionSetArn)).includes(`"${userId}"`)) {
        throw new RetryableError('IAM Identity Center: another change of the inline policy was faster');
      }
    }
  }

  async #provision(PermissionSetArn: string): Promise<void> {
    const input = { InstanceArn: this.#InstanceArn, PermissionSetArn, TargetType: 'ALL_PROVISIONED_ACCOUNTS' as const };
    const { PermissionSetProvisioningStatus } = await this.#calls.run('ProvisionPermissionSet', (options) =>
      this.#admin.provisionPermissionSet(input, options),
    );
    await this.#settle('ProvisionPermissionSet', PermissionSetProvisioningStatus, async (id) => {
      const asked = { InstanceArn: this.#InstanceArn, ProvisionPermissionSetRequestId: id };
      const answer = await this.#calls.run('DescribePermissionSetProvisioningStatus', (options) =>
        this.#admin.describePermissionSetProvisioningStatus(asked, options),
      );
      return answer.PermissionSetProvisioningStatus;
    });
  }

  async #policyOf(PermissionSetArn: string): Promise<string> {
    const found = await this.#calls.run('GetInlinePolicyForPermissionSet', (options) =>
      this.#admin.getInlinePolicyForPermissionSet({ InstanceArn: this.#InstanceArn, PermissionSetArn }, options),
    );
    return found.InlinePolicy ?? '';
  }

  /** Looks again until what was asked for is done. The service's reason for a failure names people, so it is left out. */
  async #settle(
    operation: string,
    started: Progress | undefined,
    look: (requestId: string) => Promise<Progress | undefined>,
  ): Promise<void> {
    const untilMs = performance.now() + WAIT_MS;
    for (let progress = started; ; ) {
      if (progress?.Status === 'SUCCEEDED') return;
      if (progress?.Status === 'FAILED') throw new PermanentError(`IAM Identity Center: ${operation} has failed`);
      if (performance.now() + POLL_MS > untilMs) {
        throw new RetryableError(`IAM Identity Center: ${operation} has been asked for and is not finished yet`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      progress = await look(required(started?.RequestId));
    }
  }

  #inputOf(userId: string, { accountId }: Assignment, PermissionSetArn: string) {
    return {
      InstanceArn: this.#InstanceArn,
      PermissionSetArn,
      PrincipalId: userId,
      PrincipalType: 'USER' as const,
      TargetId: accountId,
      TargetType: 'AWS_ACCOUNT' as const,
    };
  }

  #arns(): Promise<string[]> {
    return this.#calls.list('ListPermissionSets', (next, options) =>
      this.#admin
        .listPermissionSets({ InstanceArn: this.#InstanceArn, MaxResults: this.#pageSize, ...tokenOf(next) }, options)
        .then((page) => ({ items: page.PermissionSets, next: page.NextToken })),
    );
  }

  /** Permission sets are found by ARN only. */
  async #arnOf(name: string): Promise<string | undefined> {
    for (const arn of await this.#arns()) if ((await this.#nameOf(arn)) === name) return arn;
    return undefined;
  }

  async #nameOf(PermissionSetArn: string): Promise<string | undefined> {
    const known = this.#names.get(PermissionSetArn);
    if (known !== undefined) return known;
    const found = await this.#calls.find('DescribePermissionSet', (options) =>
      this.#admin.describePermissionSet({ InstanceArn: this.#InstanceArn, PermissionSetArn }, options),
    );
    const name = found?.PermissionSet?.Name;
    if (name !== undefined) this.#names.set(PermissionSetArn, name);
    return name;
  }
}

/**
 * The policy with a deny for the user. Denies that have ended are left out, everybody else's statements stay as they are;
 * one statement holds the denies that end in the same hour.
 */
export function withDeny(policy: string, userId: string, nowMs: number): string {
  const { Statement, ...rest } = parsePolicy(policy);
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  const nowHour = Math.floor(nowMs / HOUR_MS);
  const endOf = (statement: object) =>
    'Sid' in statement && String(statement.Sid).startsWith(SID_PREFIX)
      ? Number(String(statement.Sid).slice(SID_PREFIX.length))
      : undefined;
  // Rounded up, so that it lasts for the longest session at least.
  const end = nowHour + SIGN_IN_HOURS + LONGEST_SESSION_HOURS + 1;
  const kept = statements.filter((statement) => (endOf(statement) ?? Number.POSITIVE_INFINITY) > nowHour);
  const same = kept.find((statement) => endOf(statement) === end);
  const users = ownStatementSchema.safeParse(same).data?.Condition.StringEquals['identitystore:UserId'] ?? [];
  if (users.includes(userId) && kept.length === statements.length) return policy;
  const deny = {
    Sid: `${SID_PREFIX}${end}`,
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: {
      StringEquals: { 'identitystore:UserId': [...new Set([...users, userId])] },
      DateLessThan: { 'aws:CurrentTime': new Date(end * HOUR_MS).toISOString() },
    },
  };
  return JSON.stringify({ ...rest, Statement: [...kept.filter((statement) => statement !== same), deny] });
}

function parsePolicy(policy: string): z.infer<typeof policySchema> {
  if (policy.trim() === '') return { Version: '2012-10-17', Statement: [] };
  try {
    return policySchema.parse(JSON.parse(policy));
  } catch {
    throw new PermanentError('IAM Identity Center: an inline policy is not a policy document');
  }
}

function tokenOf(next: string | undefined) {
  return next === undefined ? {} : { NextToken: next };
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new PermanentError('IAM Identity Center: the answer lacks a required field');
  return value;
}
