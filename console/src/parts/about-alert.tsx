// Whom an alert, or a mute, is about.
import { IdentityLink } from './links.tsx';

interface AboutAlertProps {
  readonly of: { readonly identityId?: string; readonly source?: string };
}

export function AboutAlert({ of: { identityId, source } }: AboutAlertProps) {
  if (identityId !== undefined) return <IdentityLink id={identityId} />;
  return <>{source === undefined ? 'everybody' : `somebody unknown, seen by ${source}`}</>;
}
