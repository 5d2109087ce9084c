// What lists show and indexes hold about an identity: derived from its timeline whenever that is written.
import { displayNameOf } from './display-name.ts';
import { type IdentityStatus, identityAt, type Timeline } from './timeline.ts';

export interface IdentitySummary {
  readonly status: IdentityStatus;
  readonly kind?: string | undefined;
  readonly displayName?: string | undefined;
  readonly title?: string | undefined;
  readonly department?: string | undefined;
  readonly managerId?: string | undefined;
  readonly ownerId?: string | undefined;
  /** In lower case: what an account that no link names is matched by. */
  readonly email?: string | undefined;
}

export function summaryAt(identityId: string, timeline: Timeline, nowMs: number): IdentitySummary {
  const state = identityAt(timeline, nowMs);
  if (state.status === 'unknown') return { status: state.status };
  const { kind, title, department, manager, owner, email } = state.attributes;
  return {
    status: state.status,
    kind,
    displayName: displayNameOf(identityId, state.attributes),
    title,
    department,
    managerId: manager ?? undefined,
    ownerId: owner,
    email: email?.toLowerCase(),
  };
}
