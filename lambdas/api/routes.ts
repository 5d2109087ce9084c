// Every route of the API, resource by resource: what the gateway and the OpenAPI document are made from.
import { activityRoutes } from './activity.ts';
import { alertQuestionRoutes } from './alert-questions.ts';
import { alertRoutes } from './alerts.ts';
import { applicationRoutes } from './applications.ts';
import { auditRoutes } from './audit.ts';
import { auditQueryRoutes } from './audit-queries.ts';
import { certificateRoutes } from './certificates.ts';
import { decisionRoutes } from './decisions.ts';
import { delegationRoutes } from './delegations.ts';
import { dutyRoutes } from './duties.ts';
import { entitlementRoutes } from './entitlements.ts';
import { holdRoutes } from './holds.ts';
import { hrEventRoutes } from './hr-events.ts';
import { identityRoutes } from './identities.ts';
import { openapiDocumentRoutes } from './openapi-document.ts';
import { ownAccessRoutes } from './own-access.ts';
import { ownershipRoutes } from './ownership.ts';
import { reconciliationRoutes } from './reconciliations.ts';
import { requestRoutes } from './requests.ts';
import { reviewCampaignRoutes } from './review-campaigns.ts';
import { reviewRoutes } from './reviews.ts';
import type { Route } from './route.ts';
import { searchRoutes } from './search.ts';
import { signalRoutes } from './signals.ts';
import { simulationRoutes } from './simulations.ts';
import { ssfRoutes } from './ssf.ts';
import { suspensionRoutes } from './suspensions.ts';
import { taskRoutes } from './tasks.ts';
import { timeToRevokeRoutes } from './time-to-revoke.ts';

export const ROUTES: readonly Route[] = [
  hrEventRoutes,
  identityRoutes,
  searchRoutes,
  ownAccessRoutes,
  suspensionRoutes,
  ownershipRoutes,
  entitlementRoutes,
  auditRoutes,
  auditQueryRoutes,
  taskRoutes,
  applicationRoutes,
  requestRoutes,
  decisionRoutes,
  delegationRoutes,
  reviewRoutes,
  reviewCampaignRoutes,
  holdRoutes,
  reconciliationRoutes,
  certificateRoutes,
  dutyRoutes,
  signalRoutes,
  ssfRoutes,
  simulationRoutes,
  timeToRevokeRoutes,
  activityRoutes,
  alertRoutes,
  alertQuestionRoutes,
  openapiDocumentRoutes,
].flatMap((routes) => Object.values<Route>(routes));
