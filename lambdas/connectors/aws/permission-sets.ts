// The other half of IAM Identity Center: permission sets assigned to a user on an account, and the deny that cuts off
// role sessions already open ("revoke active permission set sessions" in the user guide).
import type { SSOAdmin } from '@aws-sdk/client-sso-admin';
import * as z from 'zod';
import { NotFoundError, PermanentError, RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { Remembered } from '../../outbound/remembered.ts';
import { AwsCalls, tokenOf, undefinedWhenGone } from './aws-calls.ts';

const POLL_MS = 500;
/** How long one call waits for IAM Identity Center to carry out what it was asked. */
const WAIT_MS = 15_000;
/**
 * Permission sets worked on at a time: with a look each every 500 ms that is half of the 20 calls a second which IAM
 * Identity Center allows to everybody together (user guide, "Quotas").
 */
const CONCURRENT_SETS = 5;
/**
 * How long one call goes on beginning with further permission sets. The last one may take 15 s and some calls, so that
 * it ends within a function of 60 s and the next call goes on from there.
 */
const DENYING_MS = 30_000;
/** How often a deny is written again that somebody else's write has undone. */
const MAX_ROUNDS = 3;
const ROUND_PAUSE_MS = 200;
/** What never is, for calls that show whether they are allowed and change nothing. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
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
  readonly #names = new Remembered<string>();

  constructor(admin: SSOAdmin, { instanceArn, callTimeoutMs, pageSize }: PermissionSetsOptions) {
    this.#admin = admin;
    this.#calls = new AwsCalls({ system: 'IAM Identity Center', callTimeoutMs, conflictsPass: true });
    this.#InstanceArn = instanceArn;
    this.#pageSize = pageSize;
  }

  /** The user's own; what a group brings is the group's. */
  async assignmentsOf(userId: string): Promise<readonly string[]> {
    const principal = { InstanceArn: this.#InstanceArn, PrincipalId: userId, PrincipalType: 'USER' as const };
    const found = await this.#calls
      .list('ListAccountAssignmentsForPrincipal', (next, options) =>
        this.#admin
          .listAccountAssignmentsForPrincipal({ ...principal, MaxResults: this.#pageSize, ...tokenOf(next) }, options)
          .then(({ AccountAssignments, NextToken }) => ({ items: AccountAssignments, next: NextToken })),
      )
      .catch(undefinedWhenGone);
    if (found === undefined) {
      // The user has gone, or the instance was never there.
      await this.#arns();
      return [];
    }
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
   * has sessions of is not told, and what was assigned may have been taken away by now. Where the deny is already in
   * force nothing is written, so that a call which is repeated goes on where the one before it ended.
   *
   * The API has no conditional write: of two calls at once, each may overwrite what the other has written. What was
   * written is therefore read again when all has been provisioned, seconds later, and what was lost is repeated.
   *
   * @throws RetryableError when time is up, or others' writes keep being faster
   */
  async denySessionsOf(userId: string, nowMs: number): Promise<void> {
    const untilMs = performance.now() + DENYING_MS;
    let open: readonly string[] = await this.#arns();
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const wrote = await mapBounded(open, CONCURRENT_SETS, async (arn) => {
        if (performance.now() > untilMs) {
          throw new RetryableError('IAM Identity Center: not every permission set denies the sessions yet');
        }
        return this.#deny(arn, userId, nowMs);
      });
      const written = open.filter((_, index) => wrote[index]);
      const lost = await mapBounded(written, CONCURRENT_SETS, async (arn) => {
        const policy = await this.#policyOf(arn);
        return policy !== undefined && withDeny(policy, userId, nowMs) !== policy;
      });
      open = written.filter((_, index) => lost[index]);
      if (open.length === 0) return;
      // Not in step with whoever was faster.
      await new Promise((resolve) => setTimeout(resolve, ROUND_PAUSE_MS * (1 + Math.random())));
    }
    throw new RetryableError('IAM Identity Center: other changes of the inline policy keep being faster');
  }

  /** What this function's role lacks, a line each; `endsSessions`: may it write policies? */
  async checkPrivileges(endsSessions: boolean): Promise<readonly string[]> {
    const admin = this.#admin;
    const InstanceArn = this.#InstanceArn;
    const instance = { InstanceArn, MaxResults: 1 };
    const isMissing = await this.#calls.isMissing('ListPermissionSets', (options) =>
      admin.listPermissionSets(instance, options),
    );
    if (isMissing) return ['instanceArn: there is no such instance in this region, or its key is gone'];
    const PermissionSetArn = `${InstanceArn.replace(':instance/', ':permissionSet/')}/ps-${NOBODY.slice(-12)}0000`;
    const set = { InstanceArn, PermissionSetArn };
    const assignment = this.#inputOf(NOBODY, { accountId: NOBODY.slice(-12) }, PermissionSetArn);
    const principal = { ...instance, PrincipalId: NOBODY, PrincipalType: 'USER' as const };
    return this.#calls.findDenied('sso', {
      CreateAccountAssignment: (options) => admin.createAccountAssignment(assignment, options),
      DeleteAccountAssignment: (options) => admin.deleteAccountAssignment(assignment, options),
      DescribeAccountAssignmentCreationStatus: (options) =>
        admin.describeAccountAssignmentCreationStatus(
          { InstanceArn, AccountAssignmentCreationRequestId: NOBODY },
          options,
        ),
      DescribeAccountAssignmentDeletionStatus: (options) =>
        admin.describeAccountAssignmentDeletionStatus(
          { InstanceArn, AccountAssignmentDeletionRequestId: NOBODY },
          options,
        ),
      DescribePermissionSet: (options) => admin.describePermissionSet(set, options),
      ListAccountAssignmentsForPrincipal: (options) => admin.listAccountAssignmentsForPrincipal(principal, options),
      ListPermissionSets: (options) => admin.listPermissionSets(instance, options),
      ...(endsSessions
        ? {
            DescribePermissionSetProvisioningStatus: (options) =>
              admin.describePermissionSetProvisioningStatus(
                { InstanceArn, ProvisionPermissionSetRequestId: NOBODY },
                options,
              ),
            GetInlinePolicyForPermissionSet: (options) => admin.getInlinePolicyForPermissionSet(set, options),
            ListAccountsForProvisionedPermissionSet: (options) =>
              admin.listAccountsForProvisionedPermissionSet(set, options),
            ProvisionPermissionSet: (options) =>
              admin.provisionPermissionSet({ ...set, TargetType: 'ALL_PROVISIONED_ACCOUNTS' }, options),
            PutInlinePolicyToPermissionSet: (options) =>
              admin.putInlinePolicyToPermissionSet({ ...set, InlinePolicy: withDeny('', NOBODY, 0) }, options),
          }
        : {}),
    });
  }

  /**
   * Success where the permission set has gone: its roles, and with them their sessions, have gone as well.
   *
   * @returns whether the policy was written
   */
  async #deny(PermissionSetArn: string, userId: string, nowMs: number): Promise<boolean> {
    try {
      const wrote = await this.#writeDeny(PermissionSetArn, userId, nowMs);
      // What has just been written may not be told as behind yet.
      if (wrote || (await this.#isBehind(PermissionSetArn))) await this.#provision(PermissionSetArn);
      return wrote;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      return false;
    }
  }

  /**
   * Reading belongs to each attempt: a write that is repeated after a while would put back what was read before it.
   *
   * @returns whether anything was written, or may have been; false where the policy had the deny already
   */
  #writeDeny(PermissionSetArn: string, userId: string, nowMs: number): Promise<boolean> {
    const set = { InstanceArn: this.#InstanceArn, PermissionSetArn };
    let sent = false;
    return this.#calls.run('Get- and PutInlinePolicyToPermissionSet', async (options) => {
      const { InlinePolicy: before = '' } = await this.#admin.getInlinePolicyForPermissionSet(set, options);
      const InlinePolicy = withDeny(before, userId, nowMs);
      if (InlinePolicy === before) return sent;
      if (InlinePolicy.length > MAX_POLICY_CHARACTERS) {
        throw new PermanentError('IAM Identity Center: an inline policy is too long for one more deny');
      }
      sent = true;
      await this.#admin.putInlinePolicyToPermissionSet({ ...set, InlinePolicy }, options);
      return sent;
    });
  }

  /** Is there an account whose role is not as the permission set says? An earlier call may have died before that. */
  async #isBehind(PermissionSetArn: string): Promise<boolean> {
    const set = { InstanceArn: this.#InstanceArn, PermissionSetArn };
    const ProvisioningStatus = 'LATEST_PERMISSION_SET_NOT_PROVISIONED' as const;
    const behind = await this.#calls.list('ListAccountsForProvisionedPermissionSet', (next, options) =>
      this.#admin
        .listAccountsForProvisionedPermissionSet({ ...set, ProvisioningStatus, ...tokenOf(next) }, options)
        .then(({ AccountIds, NextToken }) => ({ items: AccountIds, next: NextToken })),
    );
    return behind.length > 0;
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

  /** Empty where there is none; undefined where the permission set has gone. */
  async #policyOf(PermissionSetArn: string): Promise<string | undefined> {
    const found = await this.#calls.find('GetInlinePolicyForPermissionSet', (options) =>
      this.#admin.getInlinePolicyForPermissionSet({ InstanceArn: this.#InstanceArn, PermissionSetArn }, options),
    );
    return found && (found.InlinePolicy ?? '');
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

  #inputOf(userId: string, { accountId }: Pick<Assignment, 'accountId'>, PermissionSetArn: string) {
    return {
      InstanceArn: this.#InstanceArn,
      PermissionSetArn,
      PrincipalId: userId,
      PrincipalType: 'USER' as const,
      TargetId: accountId,
      TargetType: 'AWS_ACCOUNT' as const,
    };
  }

  /** @throws PermanentError when the instance is not there, which must never look like a user or a set that is gone */
  async #arns(): Promise<readonly string[]> {
    const found = await this.#calls
      .list('ListPermissionSets', (next, options) =>
        this.#admin
          .listPermissionSets({ InstanceArn: this.#InstanceArn, MaxResults: this.#pageSize, ...tokenOf(next) }, options)
          .then((page) => ({ items: page.PermissionSets, next: page.NextToken })),
      )
      .catch(undefinedWhenGone);
    if (found === undefined) throw new PermanentError('IAM Identity Center: there is no such instance (instanceArn)');
    return found;
  }

  /** Permission sets are found by ARN only. */
  async #arnOf(name: string): Promise<string | undefined> {
    for (const arn of await this.#arns()) if ((await this.#nameOf(arn)) === name) return arn;
    return undefined;
  }

  #nameOf(PermissionSetArn: string): Promise<string | undefined> {
    return this.#names.get(PermissionSetArn, async () => {
      const found = await this.#calls.find('DescribePermissionSet', (options) =>
        this.#admin.describePermissionSet({ InstanceArn: this.#InstanceArn, PermissionSetArn }, options),
      );
      return found?.PermissionSet?.Name;
    });
  }
}

/**
 * The policy with a deny for the user; the policy itself where it has one that lasts long enough. Denies that have ended
 * are left out of what is written, everybody else's statements stay as they are; one statement holds the denies that end
 * in the same hour.
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
  if (users.includes(userId)) return policy;
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

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new PermanentError('IAM Identity Center: the answer lacks a required field');
  return value;
}
