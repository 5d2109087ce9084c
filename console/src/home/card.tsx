// A card of the first page: the first few of a list, and the way to all of it.
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { ReactNode } from 'react';
import { Problem } from '../parts/problem.tsx';

export const SHOWN = 5;
export const EVERY_MS = 30_000;

interface CardProps {
  readonly title: string;
  readonly more: ReactNode;
  readonly counter?: string | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly empty: string;
  readonly children: readonly ReactNode[];
}

export function Card({ title, more, counter, error, isPending, empty, children }: CardProps) {
  return (
    <Container
      header={
        <Header variant="h2" counter={counter} actions={more}>
          {title}
        </Header>
      }
    >
      <Problem error={error} />
      {isPending && <Box color="text-body-secondary">Asking the API…</Box>}
      {!isPending && !error && children.length === 0 && <Box color="text-body-secondary">{empty}</Box>}
      {children.length > 0 && <ul className="plain">{children}</ul>}
    </Container>
  );
}

export function counterOf({
  items,
  hasNextPage,
}: {
  readonly items: readonly unknown[];
  readonly hasNextPage?: boolean;
}) {
  return items.length === 0 ? undefined : `(${items.length}${hasNextPage ? '+' : ''})`;
}
