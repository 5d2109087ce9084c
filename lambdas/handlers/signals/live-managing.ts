// What the routes by which receivers manage their streams work with in a function.
import { randomUUID } from 'node:crypto';
import { liveReceivers, type ReceiverDependencies } from './for-receivers.ts';
import { liveTelling, type TellDependencies } from './tell-receivers.ts';

export type ManageDependencies = ReceiverDependencies & TellDependencies & { readonly newId: () => string };

export function liveManaging(): ManageDependencies {
  return { ...liveTelling(), ...liveReceivers(), newId: randomUUID };
}
