// An AI agent calls a tool that no reason gives it: its prompt was changed, or its permissions were.
import type { Detection } from '../detection.ts';
import { accountsApplication, applicationIn, identityIn, isAgent, iso, namedGrants } from '../judging.ts';

export const agentToolOutsideProfile: Detection = {
  id: 'agent-tool-outside-profile',
  title: 'An AI agent used a tool outside its profile',
  severity: 'high',
  window: 'the reasons at that time and now',
  joins: ['tools as entitlements of the access model', 'reasons that hold them up', 'owner'],
  response: { people: 'record', nonHuman: 'suspend' },
  runbook: 'machine-misused',
  judge(record, context) {
    const identity = identityIn(context.actor);
    if (identity === undefined || record.action !== 'tool-use' || !isAgent(identity)) return undefined;
    const application = applicationIn(
      context,
      record.application?.applicationId ?? accountsApplication(record, 'actor'),
    );
    const named = application === undefined ? [] : namedGrants(record, application, identity);
    const tools = record.change?.grants ?? [];
    // One of its names that a reason holds up is enough: a tool and the server that it is on are both told.
    if (application === undefined || tools.length === 0 || named.some(({ held }) => held)) return undefined;
    const refused = record.outcome === 'failure';
    return {
      about: 'actor',
      severity: refused ? 'low' : 'high',
      because: `No reason gives it ${named.length === 0 ? `any such tool of ${application.id}` : named.map(({ entitlement }) => `${application.id}:${entitlement.id}`).join(', ')}; it ${refused ? 'tried' : 'used'} it at ${iso(record.timeMs)}.`,
      evidence: {
        application: application.id,
        inModel: named.length > 0,
        reasons: 0,
        owner: identity.owner?.identityId ?? 'none',
      },
      subject: named.length === 0 ? tools[0] : named.map(({ entitlement }) => entitlement.id).join(' '),
    };
  },
};
