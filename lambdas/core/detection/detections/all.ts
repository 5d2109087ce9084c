// Every detection there is, in the order of the reference page. A new one is its file and one line here.
import type { Detection } from '../detection.ts';
import { accountReEnabled } from './account-re-enabled.ts';
import { administratorRoleGiven } from './administrator-role-given.ts';
import { agentKeyTooBroad } from './agent-key-too-broad.ts';
import { agentToolOutsideProfile } from './agent-tool-outside-profile.ts';
import { applicationOutsideProfile } from './application-outside-profile.ts';
import { breakGlassWithoutGrant } from './break-glass-without-grant.ts';
import { dormantAccountWakes } from './dormant-account-wakes.ts';
import { factorResetThenGain } from './factor-reset-then-gain.ts';
import { federationChanged } from './federation-changed.ts';
import { grantOutsideTenure } from './grant-outside-tenure.ts';
import { impossibleTravel } from './impossible-travel.ts';
import { keyMadeForAnother } from './key-made-for-another.ts';
import { machineFromElsewhere } from './machine-from-elsewhere.ts';
import { newMethod } from './new-method.ts';
import { ownerlessMachineActive } from './ownerless-machine-active.ts';
import { readsBeforeDeparture } from './reads-before-departure.ts';
import { serviceAccountInteractive } from './service-account-interactive.ts';
import { signInAfterDeparture } from './sign-in-after-departure.ts';
import { suspendedAccountUsed } from './suspended-account-used.ts';
import { unknownIdentityActive } from './unknown-identity-active.ts';

export const DETECTIONS: readonly Detection[] = [
  signInAfterDeparture,
  suspendedAccountUsed,
  accountReEnabled,
  grantOutsideTenure,
  administratorRoleGiven,
  keyMadeForAnother,
  factorResetThenGain,
  impossibleTravel,
  breakGlassWithoutGrant,
  dormantAccountWakes,
  serviceAccountInteractive,
  machineFromElsewhere,
  applicationOutsideProfile,
  newMethod,
  readsBeforeDeparture,
  agentToolOutsideProfile,
  ownerlessMachineActive,
  agentKeyTooBroad,
  federationChanged,
  unknownIdentityActive,
];
