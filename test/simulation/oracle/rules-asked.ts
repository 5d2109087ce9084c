// What people may ask for in random histories, and take in an emergency.
import type { RulesAsked } from '../../reference/requests.ts';

/** Who owns every application there, is at work from the beginning, and has nobody above them. */
export const OWNER = 'E950';

export const RULES_ASKED: RulesAsked = {
  requests: [
    {
      ...{ id: 'billing', entitlements: ['cloud:billing'], by: ['self', 'superior'], expiresDays: 1 },
      stages: [{ anyOf: ['security'], quorum: 1, fallback: [] }],
    },
    {
      ...{ id: 'office', entitlements: ['badge:office'], by: ['self'], longestDays: 90, expiresDays: 1 },
      stages: [
        { anyOf: ['application-owner'], quorum: 1, fallback: ['security'] },
        { anyOf: ['security'], quorum: 1, fallback: [] },
      ],
    },
  ],
  emergency: [
    {
      ...{ id: 'outage', entitlements: ['chat:sales-room'], who: ['everyone'], longestHours: 24 },
      ...{ tell: ['security'], reviewedBy: ['security'], reviewWithinHours: 336 },
    },
  ],
};
