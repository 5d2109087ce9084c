// Where the roles of Tenure's functions stand in IAM. CloudFormation makes up their names and cuts them at 64 characters, the
// stack's part with them, so a policy knows them by their path. Names of our own would collide between two regions.
import type { Settings } from './config.ts';

/** What the ARNs of all of them have after `:role`. */
export function functionRolePath({ stackPrefix }: Settings): string {
  return `/tenure/${stackPrefix}/`;
}

/** Of the functions that call one connector's applications: what a trust policy in another account names. */
export function connectorRolePath(settings: Settings, connectorFunction: string): string {
  return `${functionRolePath(settings)}connectors/${connectorFunction}/`;
}
