// A named query, run by the API: how far it is, its answer as a table that grows, and all of it as CSV.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { csvLine } from '../../../lambdas/core/csv.ts';
import type { NamedQuery } from '../api/audit-queries.ts';
import { type Answer, call } from '../api/client.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { WithMoments } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { saveAs } from '../parts/save-as.ts';
import { Status } from '../parts/status.tsx';

const EXECUTION = 'GET /audit/queries/{name}/executions/{id}';
type Execution = Answer<typeof EXECUTION>;
type Cell = Execution['items'][number][number];

const EVERY_MS = 1_000;
const PER_PAGE = 100;
/** A file has no more: the command gives ten times as many. */
const MAXIMUM_ROWS = 10_000;

export interface RunQueryProps {
  readonly query: NamedQuery;
  /** By parameter, without what was left empty. */
  readonly given: Readonly<Record<string, string>>;
}

export function RunQuery({ query: { name, parameters: taken }, given }: RunQueryProps) {
  const start = useAct('POST /audit/queries/{name}');
  const isComplete = taken.every((one) => one.otherwise !== undefined || given[one.name] !== undefined);
  const run = () => start.mutate({ path: { name }, body: { parameters: given } });
  const id = start.data?.id;
  return (
    <SpaceBetween size="m">
      <SpaceBetween direction="horizontal" size="s">
        <Button variant="primary" disabled={!isComplete} loading={start.isPending} onClick={run}>
          Run it
        </Button>
        <Box padding={{ top: 'xxs' }} color="text-body-secondary">
          It is put on record who ran it, and whom they were shown.
        </Box>
      </SpaceBetween>
      <Problem error={start.error} />
      {id !== undefined && <Run key={id} name={name} id={id} />}
    </SpaceBetween>
  );
}

function Run({ name, id }: { readonly name: string; readonly id: string }) {
  const asked = { path: { name, id }, query: { limit: PER_PAGE } };
  const isOver = ({ state }: Execution) => state !== 'running';
  const { data, error } = useAnswer(EXECUTION, asked, { everyMs: EVERY_MS, until: isOver });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined || data.state === 'running')
    return (
      <div role="status">
        <Status of="running" text="Athena reads the lake" />
      </div>
    );
  if (data.state === 'failed') return <Problem error={new Error(data.reason ?? 'The query failed.')} />;
  return <Answered first={data} />;
}

interface Row {
  readonly key: string;
  readonly cells: readonly Cell[];
}

interface Further {
  readonly rows: readonly Row['cells'][];
  readonly next: string | undefined;
}

function Answered({ first }: { readonly first: Execution }) {
  const { id, query, columns, bytesScanned } = first;
  const [{ rows, next }, setFurther] = useState<Further>({ rows: first.items, next: first.next });
  const [isFetching, setFetching] = useState(false);
  const [error, setError] = useState<unknown>();
  /** Until there are so many, or no more. */
  const fetchTo = async (count: number): Promise<Further> => {
    let further: Further = { rows, next };
    setFetching(true);
    setError(undefined);
    try {
      while (further.next !== undefined && further.rows.length < count) {
        const asked = { limit: PER_PAGE, after: further.next };
        const page: Execution = await call(EXECUTION, { path: { name: query, id }, query: asked });
        further = { rows: [...further.rows, ...page.items], next: page.next };
        setFurther(further);
      }
    } catch (caught) {
      setError(caught);
      throw caught;
    } finally {
      setFetching(false);
    }
    return further;
  };
  const save = async () => {
    const all = await fetchTo(MAXIMUM_ROWS);
    saveAs(`${query}.csv`, [columns, ...all.rows].map(csvLine).join(''), 'text/csv');
  };
  return (
    <SpaceBetween size="s">
      <Listing
        title="Answer"
        what="row"
        heading="h2"
        description={bytesScanned === undefined ? undefined : `${Math.ceil(bytesScanned / 1_000)} kB were read.`}
        list={{
          items: rows.map((cells, at) => ({ key: String(at), cells })),
          hasNextPage: next !== undefined,
          isFetchingNextPage: isFetching,
          fetchNextPage: () => fetchTo(rows.length + 1).catch(() => undefined),
        }}
        keyOf={({ key }) => key}
        empty="No rows."
        actions={
          <Button loading={isFetching} disabled={rows.length === 0} onClick={() => void save().catch(() => undefined)}>
            Download as CSV
          </Button>
        }
        columns={columns.map((column, at) => ({
          id: column,
          header: column,
          cell: ({ cells }: Row) => <Shown column={column} cell={cells[at] ?? null} />,
        }))}
      />
      {rows.length >= MAXIMUM_ROWS && next !== undefined && (
        <Box color="text-body-secondary">
          The file has the first {rows.length} rows. The command above gives ten times as many.
        </Box>
      )}
      <Problem error={error} />
    </SpaceBetween>
  );
}

function Shown({ column, cell }: { readonly column: string; readonly cell: Cell }) {
  if (cell === null) return <>–</>;
  if (typeof cell !== 'string') return <>{String(cell)}</>;
  // Of whom nobody knows any more there is a pseudonym, and no page.
  if (column === 'subject' && !/^[\w-]{22}$/.test(cell)) return <IdentityLink id={cell} />;
  return <WithMoments line={cell} />;
}
