// Which HR source speaks which scheme. A source that is not listed sends CloudEvents as Standard Webhooks, so most
// need no line here: an entry in the deployment settings and a secret are enough.
import type { HrSource } from './hr-source.ts';
import { standardWebhooks } from './standard-webhooks.ts';

const SOURCES: Readonly<Record<string, HrSource>> = {};

export function hrSourceOf(sourceId: string): HrSource {
  return Object.hasOwn(SOURCES, sourceId) ? (SOURCES[sourceId] ?? standardWebhooks) : standardWebhooks;
}
