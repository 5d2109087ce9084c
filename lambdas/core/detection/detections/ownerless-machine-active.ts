// A service account or an agent goes on though nobody answers for it any more.
import type { Detection } from '../detection.ts';
import { identityIn, isAgent, isMachine, iso, isUnderWay, isUse } from '../judging.ts';

export const ownerlessMachineActive: Detection = {
  id: 'ownerless-machine-active',
  title: 'A service account or an agent was active though its owner had left',
  severity: 'medium',
  window: 'since the owner’s departure',
  joins: ['owner and the owner’s state then and now'],
  response: { people: 'record', nonHuman: 'alert' },
  runbook: 'machine-misused',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    if (identity?.owner === undefined || !isMachine(identity) || !isUse(record)) return undefined;
    // Of one that has ended or is suspended itself another detection tells.
    if (identity.thenState.status !== 'active') return undefined;
    const { thenState, nowState, identityId: ownerId } = identity.owner;
    const isGone = (status: string) => status === 'departed' || status === 'unknown';
    if (!isGone(thenState.status) || !isGone(nowState.status)) return undefined;
    const departedMs = thenState.status === 'departed' ? thenState.departedMs : undefined;
    if (isUnderWay(departedMs, record.timeMs, settings)) return undefined;
    return {
      about: 'actor',
      anywhere: true,
      severity: isAgent(identity) ? 'high' : 'medium',
      because:
        departedMs === undefined
          ? 'Nobody whom Tenure knows answers for it.'
          : `Its owner left at ${iso(departedMs)}, and nobody has taken it over.`,
      evidence: {
        owner: ownerId === '' ? 'none' : ownerId,
        ...(departedMs !== undefined && { ownerDepartedAt: iso(departedMs) }),
      },
    };
  },
};
