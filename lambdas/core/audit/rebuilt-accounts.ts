// What the log says of an identity's accounts: each as its system itself reported it last, what Tenure granted there by its
// own calls, what nobody has looked at yet, and what people were asked to do and have not attested.
import type { AccountRecord, KeptAccount } from '../access/account-record.ts';
import type { GrantedAccess } from '../access/granted-access.ts';
import type { TaskRecord } from '../access/task-record.ts';
import { isClosed } from '../systems/account.ts';
import type { AuditEvent } from './audit.ts';

type EventOf<Type extends AuditEvent['type']> = Extract<AuditEvent, { readonly type: Type }>;

interface Known {
  /** Without its name in the system, which the log does not tell. */
  account?: Omit<KeptAccount, 'userName'> | undefined;
  readMs: number;
  closedMs?: number | undefined;
  openCallId?: string | undefined;
  unreviewed?: readonly string[] | undefined;
  byHand?: true;
  granted: readonly GrantedAccess[];
}

export class RebuiltAccounts {
  readonly #accounts = new Map<string, Known>();
  readonly #tasks = new Map<string, Omit<TaskRecord, 'identityId'>>();

  /** @returns whether the state of accounts follows from such an event */
  take(event: AuditEvent, atMs: number): boolean {
    switch (event.type) {
      case 'access-intended':
        this.#account(event.applicationId, atMs).openCallId = event.callId;
        return true;
      case 'access-changed':
        this.#change(event, atMs);
        return true;
      case 'access-read-back':
        this.#readBack(event, atMs);
        return true;
      case 'account-adopted':
        this.#adopt(event, atMs);
        return true;
      case 'task-opened':
        this.#openTask(event, atMs);
        return true;
      case 'task-superseded':
        this.#tasks.delete(event.taskId);
        return true;
      default:
        return false;
    }
  }

  attest(taskId: string): void {
    this.#tasks.delete(taskId);
  }

  /** A person looked at the report of an application, and decided that what no reason holds up may go. */
  review(applicationId: string): void {
    const known = this.#accounts.get(applicationId);
    if (known !== undefined) known.unreviewed = undefined;
  }

  accounts(userName: string): readonly AccountRecord[] {
    return [...this.#accounts].map(([applicationId, { account, granted, ...known }]) => ({
      applicationId,
      ...known,
      account: account && { ...account, userName },
      ...(granted.length > 0 && { granted }),
      revision: 1,
    }));
  }

  tasks(identityId: string): readonly TaskRecord[] {
    return [...this.#tasks.values()].map((task) => ({ ...task, identityId }));
  }

  #account(applicationId: string, readMs: number): Known {
    const known = this.#accounts.get(applicationId) ?? { readMs, granted: [] };
    this.#accounts.set(applicationId, known);
    return known;
  }

  #change({ applicationId, step }: EventOf<'access-changed'>, atMs: number): void {
    const known = this.#account(applicationId, atMs);
    if (step.action === 'create-account' || step.action === 'delete-account') known.granted = [];
    if (step.action !== 'grant' && step.action !== 'revoke') return;
    const { grant, entitlement, privileged } = step;
    const others = known.granted.filter((each) => each.grant !== grant);
    const isGranted = step.action === 'grant' && entitlement !== undefined;
    known.granted = isGranted ? [...others, { grant, entitlement, privileged, sinceMs: atMs }] : others;
  }

  #readBack({ applicationId, callId, accountId, observed, answered }: EventOf<'access-read-back'>, atMs: number): void {
    const known = this.#account(applicationId, atMs);
    if (known.openCallId === callId) known.openCallId = undefined;
    // What was known before, told once more, is news only where nothing is known.
    if (answered !== true && (observed === undefined || known.account !== undefined)) return;
    const id = accountId ?? known.account?.accountId;
    const { enabled, grants = [], openSessions, archived } = observed ?? {};
    known.readMs = atMs;
    known.account =
      observed === undefined || enabled === undefined || id === undefined
        ? undefined
        : {
            accountId: id,
            enabled,
            grants,
            ...(openSessions !== undefined && { openSessions }),
            ...(archived !== undefined && { archived }),
          };
    const isShut = known.account === undefined || (isClosed(known.account) && !observed?.credentials?.length);
    known.closedMs = isShut ? (known.closedMs ?? atMs) : undefined;
    if (known.unreviewed !== undefined) known.unreviewed = known.unreviewed.filter((grant) => grants.includes(grant));
  }

  #adopt({ applicationId, accountId, unreviewed }: EventOf<'account-adopted'>, atMs: number): void {
    const known = this.#account(applicationId, atMs);
    known.account = { accountId, enabled: true, grants: [...unreviewed].sort() };
    known.unreviewed = unreviewed;
    known.closedMs = undefined;
  }

  #openTask({ taskId, applicationId, steps }: EventOf<'task-opened'>, atMs: number): void {
    this.#account(applicationId, atMs).byHand = true;
    this.#tasks.set(taskId, {
      taskId,
      applicationId,
      status: 'open',
      steps,
      assignee: 'restored',
      instructions: 'Restored from the record: who does it and how, the access model says of the application.',
      openedMs: atMs,
      dueMs: atMs,
    });
  }
}
