// Where the roles of Tenure's functions stand in IAM. CloudFormation makes up their names and cuts them at 64 characters, the
// stack's part with them, so a policy knows them by their path. Names of our own would collide between two regions.
import type { Settings } from './config.ts';

/**
 * What the ARNs of all of them begin with after `:role`, whatever the deployment: the audit table, taken over by another, lets
 * that one add entries. What a function may do to which table is in the policies of its own role.
 */
export const ROLE_PATH = '/tenure/';

export function functionRolePath({ stackPrefix }: Settings): string {
  return `${ROLE_PATH}${stackPrefix}/`;
}

/** Of the functions that write the sealed log: its table, its bucket and its key let nobody else. */
export function logRolePath(settings: Settings): string {
  return `${functionRolePath(settings)}log/`;
}

/** Of the role by which S3 copies the log into another account: what the bucket policy there names. */
export function replicationRolePath(settings: Settings): string {
  return `${functionRolePath(settings)}replication/`;
}

/** Of the one function that takes entries out of the audit table. */
export function erasureRolePath(settings: Settings): string {
  return `${functionRolePath(settings)}erasure/`;
}

/** Of the functions that call one connector's applications: what a trust policy in another account names. */
export function connectorRolePath(settings: Settings, connectorFunction: string): string {
  return `${functionRolePath(settings)}connectors/${connectorFunction}/`;
}
