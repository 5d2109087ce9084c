// Every planted mistake, area by area.
import type { Mutant } from './mutant.ts';
import { ACCESS_MUTANTS } from './table/access.ts';
import { ACCESS_MODEL_MUTANTS } from './table/access-model.ts';
import { API_MUTANTS } from './table/api.ts';
import { AUDIT_MUTANTS } from './table/audit.ts';
import { CONNECTOR_MUTANTS } from './table/connectors.ts';
import { DETECTION_MUTANTS } from './table/detection.ts';
import { ERASURE_MUTANTS } from './table/erasure.ts';
import { HANDLER_MUTANTS } from './table/handlers.ts';
import { HR_MUTANTS } from './table/hr.ts';
import { HR_SOURCE_MUTANTS } from './table/hr-sources.ts';
import { IDENTITY_MUTANTS } from './table/identity.ts';
import { MIDDLEWARE_MUTANTS } from './table/middleware.ts';
import { OUTBOUND_MUTANTS } from './table/outbound.ts';
import { RECONCILIATION_MUTANTS } from './table/reconciliation.ts';
import { REMOVAL_MUTANTS } from './table/removal.ts';
import { REQUEST_MUTANTS } from './table/requests.ts';
import { REVIEW_MUTANTS } from './table/reviews.ts';
import { SEALED_LOG_MUTANTS } from './table/sealed-log.ts';
import { SEALING_MUTANTS } from './table/sealing.ts';
import { SIGNAL_MUTANTS } from './table/signals.ts';
import { STATE_MACHINE_MUTANTS } from './table/state-machines.ts';
import { STORE_MUTANTS } from './table/stores.ts';
import { SYSTEM_MUTANTS } from './table/systems.ts';
import { TIME_MUTANTS } from './table/time.ts';

export const MUTANTS: readonly Mutant[] = [
  ...OUTBOUND_MUTANTS,
  ...MIDDLEWARE_MUTANTS,
  ...API_MUTANTS,
  ...STORE_MUTANTS,
  ...HR_SOURCE_MUTANTS,
  ...AUDIT_MUTANTS,
  ...SEALING_MUTANTS,
  ...CONNECTOR_MUTANTS,
  ...SYSTEM_MUTANTS,
  ...RECONCILIATION_MUTANTS,
  ...ACCESS_MODEL_MUTANTS,
  ...TIME_MUTANTS,
  ...REQUEST_MUTANTS,
  ...REVIEW_MUTANTS,
  ...SEALED_LOG_MUTANTS,
  ...DETECTION_MUTANTS,
  ...ERASURE_MUTANTS,
  ...STATE_MACHINE_MUTANTS,
  ...REMOVAL_MUTANTS,
  ...IDENTITY_MUTANTS,
  ...HR_MUTANTS,
  ...HANDLER_MUTANTS,
  ...ACCESS_MUTANTS,
  ...SIGNAL_MUTANTS,
];
