// A list of the API as a table that grows when somebody asks for more.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { Problem } from './problem.tsx';

export interface ListingProps<Item> {
  readonly title: string;
  /** In the singular. */
  readonly what: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly columns: readonly TableProps.ColumnDefinition<Item>[];
  readonly keyOf: (item: Item) => string;
  readonly empty: string;
  readonly filter?: ReactNode;
  readonly heading?: 'h1' | 'h2';
  readonly list: {
    readonly items: readonly Item[];
    readonly isPending?: boolean;
    readonly error?: unknown;
    readonly hasNextPage?: boolean;
    readonly isFetchingNextPage?: boolean;
    readonly fetchNextPage?: () => unknown;
  };
}

export function Listing<Item>({
  title,
  what,
  description,
  actions,
  columns,
  keyOf,
  empty,
  filter,
  list,
  heading = 'h1',
}: ListingProps<Item>) {
  if (list.error) return <Problem error={list.error} />;
  const { items, hasNextPage = false, isPending = false } = list;
  return (
    <Table
      header={
        <Header
          variant={heading === 'h1' ? 'awsui-h1-sticky' : 'h2'}
          headingTagOverride={heading}
          description={description}
          actions={actions}
          counter={isPending ? undefined : `(${items.length}${hasNextPage ? '+' : ''})`}
        >
          {title}
        </Header>
      }
      variant="container"
      columnDefinitions={columns}
      items={items}
      trackBy={keyOf}
      loading={isPending}
      loadingText="Asking the API"
      wrapLines
      filter={filter}
      ariaLabels={{ tableLabel: title, itemSelectionLabel: (_data, item) => `Select ${what} ${keyOf(item)}` }}
      empty={
        <Box textAlign="center" color="text-body-secondary" padding="m">
          {empty}
        </Box>
      }
      footer={
        hasNextPage && (
          <Box textAlign="center">
            <Button loading={list.isFetchingNextPage ?? false} onClick={() => void list.fetchNextPage?.()}>
              Show more
            </Button>
          </Box>
        )
      }
    />
  );
}
