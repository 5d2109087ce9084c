// What people were asked in the simulated world, put to the reference.
import type { IdentityRecord } from '../../../lambdas/core/access/identity-record.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import { type ReferenceAccount, referenceAccess } from '../../reference/access.ts';
import { faultsOfTasks, type ManualWork } from '../../reference/tasks.ts';
import type { Bounds } from './proof.ts';
import type { Witness } from './witness.ts';

const MANUAL = 'manual';

export function taskFaults(witness: Witness, record: IdentityRecord, { model, nowMs }: Bounds): readonly string[] {
  const desired = referenceAccess(witness.stateAt(record.header.identityId, nowMs), model);
  return model.applications
    .filter(({ connector }) => connector === MANUAL)
    .flatMap((application) => {
      const wanted = desired.find(({ applicationId }) => applicationId === application.id);
      return faultsOfTasks(manualWork(witness, record, application, wanted));
    });
}

export function manualWork(
  witness: Witness,
  { header, tasks }: IdentityRecord,
  application: Application,
  wanted: ReferenceAccount | undefined,
): ManualWork {
  const attested = witness.attestations.of(header.identityId).filter((one) => one.applicationId === application.id);
  return { application, wanted, attested, tasks: tasks.filter((task) => task.applicationId === application.id) };
}
