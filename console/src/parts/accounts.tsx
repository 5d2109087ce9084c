// Accounts as the systems were last read.
import type { Schemas } from '../api/contract.ts';
import { Listing } from './listing.tsx';
import { Moment } from './moment.tsx';
import { Status } from './status.tsx';

type Account = Schemas['Identity']['accounts'][number];

export function Accounts({ accounts }: { readonly accounts: readonly Account[] }) {
  return (
    <Listing
      title="Accounts as last read"
      what="account"
      heading="h2"
      list={{ items: accounts }}
      keyOf={({ applicationId }) => applicationId}
      empty="No system has been read for this identity."
      columns={[
        {
          id: 'application',
          header: 'Application',
          cell: ({ applicationId, applicationName }) => applicationName ?? applicationId,
          isRowHeader: true,
        },
        { id: 'account', header: 'Account', cell: ({ account }) => account?.userName ?? account?.accountId ?? '–' },
        { id: 'state', header: 'State', cell: (account) => <AccountState account={account} /> },
        { id: 'grants', header: 'Grants', cell: ({ account }) => account?.grants.join(', ') || '–' },
        { id: 'read', header: 'Read', cell: ({ readAt }) => <Moment at={readAt} relative /> },
        { id: 'error', header: 'Last error', cell: ({ lastError }) => lastError ?? '–' },
      ]}
    />
  );
}

function AccountState({ account: { account, closedAt, outOfReach } }: { readonly account: Account }) {
  if (outOfReach) return <Status of="overdue" text="out of reach" />;
  if (account === undefined) return <Status of="departed" text="no account" />;
  if (closedAt !== undefined) return <Status of="departed" text="closed" />;
  return account.enabled ? <Status of="active" text="usable" /> : <Status of="suspended" text="disabled" />;
}
