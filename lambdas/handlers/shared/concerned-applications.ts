// Which applications a pass must visit: where access is due, and where there may still be some.

import type { AccountRecord } from '../../core/access/account-record.ts';
import { seenOpen } from '../../core/access/attested-account.ts';
import { unreadOthers } from '../../core/access/barred-grants.ts';
import { desiredAccessInState, everDue } from '../../core/access/desired-access.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import { mayBeOpen, unreachableApplication } from '../../core/access/unreachable-account.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { connectorFunctionOf } from '../../core/access-model/connector-function.ts';
import { exceptedAs } from '../../core/duties/segregation.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { LoadedIdentity } from './load-identity.ts';

export interface ConcernedApplication {
  readonly applicationId: string;
  /** Which function reaches it: the connector's, or the connector's within a network. */
  readonly connector: string;
}

/** What else counts for one who is employed. */
interface Employed {
  readonly identityId: string;
  readonly tasks: readonly TaskRecord[];
}

/**
 * For one who is not employed every application it ever had an account in, or should have had: what was closed is looked
 * at once more. So is what a call that died may have opened again after it was found closed. What may be open in an
 * application that the access model no longer has is a task for people, and so is what a list showed to be there. Where
 * another side of what is due may be held, somebody has to look.
 */
export function concernedApplications(
  model: AccessModel,
  { timeline, state, nowMs }: Pick<LoadedIdentity, 'timeline' | 'state' | 'nowMs'>,
  accounts: readonly AccountRecord[],
  { identityId, tasks }: Employed = { identityId: '', tasks: [] },
): readonly ConcernedApplication[] {
  const employed = isEmployed(state);
  const whom = exceptedAs({ identityId, nowMs }, state);
  const desired = desiredAccessInState(state, model, whom);
  const due = employed
    ? [
        ...desired.accounts.map(({ applicationId }) => applicationId),
        ...unreadOthers({ model, whom, desired, accounts, tasks }),
      ]
    : everDue(timeline, model, nowMs);
  const open = accounts.filter((account) => mayBeOpen(account) || !employed);
  const visited = new Set([...due, ...open.map(({ applicationId }) => applicationId), ...seenOpen(timeline.facts)]);
  const inModel = model.applications.filter(({ id }) => visited.has(id));
  const known = new Set(model.applications.map(({ id }) => id));
  const outOfReach = accounts
    .filter((account) => !known.has(account.applicationId) && mayBeOpen(account))
    .map(({ applicationId }) => unreachableApplication(applicationId));
  return [...inModel, ...outOfReach].map((application) => ({
    applicationId: application.id,
    connector: connectorFunctionOf(application),
  }));
}
