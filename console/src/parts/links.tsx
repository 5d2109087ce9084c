// Links to what is named everywhere: people, entitlements, requests.
import { Link } from '@tanstack/react-router';
import { useMay } from '../session-context.ts';

export function IdentityLink({ id, name }: { readonly id: string; readonly name?: string | undefined }) {
  const text = name === undefined || name === '' ? id : `${name} (${id})`;
  if (!useMay('GET /identities/{id}')) return <>{text}</>;
  return (
    <Link to="/people/$id" params={{ id }}>
      {text}
    </Link>
  );
}

export function EntitlementLink({ id, name }: { readonly id: string; readonly name?: string | undefined }) {
  if (!useMay('GET /entitlements/{id}/holders')) return <>{name ?? id}</>;
  return (
    <Link to="/entitlements" search={{ id }}>
      {name ?? id}
    </Link>
  );
}
