import type { Capabilities } from '../../lambdas/core/access/difference.ts';

/** Of a system that can do everything. */
export const ALL: Capabilities = {
  disable: true,
  endSessions: true,
  revokeCredentials: true,
  transferOwnership: true,
  archive: true,
  update: true,
  delete: true,
};
