// The kinds of activity source there are. A new one is its file and one line here.
import type { ActivitySource } from './activity-source.ts';
import { anthropic } from './anthropic.ts';
import { awsCloudTrail } from './aws-cloudtrail.ts';
import { entra } from './entra.ts';
import { github } from './github.ts';
import { googleWorkspace } from './google-workspace.ts';
import { ocsf } from './ocsf.ts';
import { okta } from './okta.ts';
import { openAi } from './openai.ts';
import { slack } from './slack.ts';

export const ACTIVITY_SOURCES: readonly ActivitySource[] = [
  anthropic,
  awsCloudTrail,
  entra,
  github,
  googleWorkspace,
  ocsf,
  okta,
  openAi,
  slack,
];

/** Undefined when there is none of that type. */
export function activitySourceOf(type: string): ActivitySource | undefined {
  return ACTIVITY_SOURCES.find((source) => source.type === type);
}
