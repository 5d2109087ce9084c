// A machine is where it always is, and calls with what it always calls with. From elsewhere, somebody has its key.
import type { Detection } from '../detection.ts';
import { hasLearned, identityIn, isKnownEgress, isMachine, iso, isUse } from '../judging.ts';
import { networkKey } from '../network.ts';

export const machineFromElsewhere: Detection = {
  id: 'machine-from-elsewhere',
  title: 'A service account or an agent came from a new network, or with a new client',
  severity: 'medium',
  window: 'what was remembered, once for 14 days (learningDays)',
  joins: ['networks and clients remembered of the identity', 'known egress (egressNetworks)'],
  response: { people: 'record', nonHuman: 'alert' },
  runbook: 'machine-misused',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    if (identity?.memory === undefined || !isMachine(identity) || !isUse(record)) return undefined;
    if (!hasLearned(identity, record, settings)) return undefined;
    const { networks, clients } = identity.memory;
    const key = networkKey(record.network ?? {});
    const isNewNetwork = key !== undefined && !isKnownEgress(record, settings) && isNewAmong(networks, key);
    const family = record.client?.family;
    const isNewClient = family !== undefined && isNewAmong(clients, family);
    if (!isNewNetwork && !isNewClient) return undefined;
    const what =
      isNewNetwork && isNewClient
        ? 'a new network and with a new client'
        : isNewNetwork
          ? 'a new network'
          : 'a known network, with a new client';
    return {
      about: 'actor',
      anywhere: true,
      severity: isNewNetwork && isNewClient ? 'high' : 'medium',
      because: `It came from ${what} at ${iso(record.timeMs)}; it is known from ${Object.keys(networks).length} networks.`,
      evidence: {
        newNetwork: isNewNetwork,
        newClient: isNewClient,
        ...(isNewClient && { client: family }),
        knownNetworks: Object.keys(networks).length,
        owner: identity.owner?.identityId ?? 'none',
      },
      subject: `${isNewNetwork ? key : ''} ${isNewClient ? family : ''}`,
    };
  },
};

/** Where nothing at all is known of that sort, nothing is new. */
function isNewAmong(known: Readonly<Record<string, number>>, name: string): boolean {
  return Object.keys(known).length > 0 && !Object.hasOwn(known, name);
}
