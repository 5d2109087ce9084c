// How it goes with the systems: whether each answers, how long it is waited for, and when it is tried again.
import Box from '@cloudscape-design/components/box';
import { Link } from '@tanstack/react-router';
import type { Answer } from '../api/client.ts';
import { useAnswer } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { duration, Moment } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';

type System = Answer<'GET /applications/health'>['items'][number];

const EVERY_MS = 5_000;
const WORDS: Readonly<Record<System['state'], string>> = {
  quiet: 'not called for a day',
  answering: 'answers',
  failing: 'did not answer',
  'waited-for': 'more want it than it takes',
  paused: 'asked to be left alone',
  down: 'is down',
};
const WORST_FIRST: readonly System['state'][] = ['down', 'paused', 'failing', 'waited-for', 'answering', 'quiet'];

export function SystemsPage() {
  const { data, error, isPending } = useAnswer('GET /applications/health', {}, { everyMs: EVERY_MS });
  const items = (data?.items ?? []).toSorted((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
  return (
    <Listing
      title="Systems"
      what="system"
      description="What connectors work in, the worst first. A system that is down is left alone and tried again by itself."
      list={{ items, error, isPending }}
      keyOf={({ applicationId }) => applicationId}
      empty="No connector works in any system."
      columns={[
        {
          id: 'system',
          header: 'System',
          cell: ({ applicationId, name, connector }) => (
            <>
              <Link to="/applications" search={{ id: applicationId }}>
                {name}
              </Link>
              <Box color="text-body-secondary" fontSize="body-s">
                {applicationId}, {connector}
              </Box>
            </>
          ),
          isRowHeader: true,
        },
        {
          id: 'state',
          header: 'State',
          cell: ({ state, failures, openings }) => (
            <>
              <Status of={state} text={WORDS[state]} />
              {failures > 0 && <div>{failures} times in a row</div>}
              {openings > 0 && <div>tried again {openings} times</div>}
            </>
          ),
        },
        {
          id: 'again',
          header: 'Called again',
          cell: ({ againAt }) => (againAt ? <Moment at={againAt} relative /> : 'now'),
        },
        { id: 'working', header: 'Worked on now', cell: ({ working }) => working },
        {
          id: 'waits',
          header: 'Wait for their turn',
          cell: ({ waits: { leavers, others } }) => (
            <>
              leavers {duration(leavers)}, others {duration(others)}
            </>
          ),
        },
        {
          id: 'lasts',
          header: 'One identity lasts',
          cell: ({ visitSeconds, callsPerSecond }) => (
            <>
              {visitSeconds === undefined ? '–' : duration(visitSeconds)}
              <Box color="text-body-secondary" fontSize="body-s">
                at most {callsPerSecond} calls a second
              </Box>
            </>
          ),
        },
        {
          id: 'run',
          header: 'Last reconciliation',
          cell: ({ lastRun }) =>
            lastRun === undefined ? (
              '–'
            ) : (
              <>
                <Status of={lastRun.outcome} /> <Moment at={lastRun.startedAt} relative />
              </>
            ),
        },
      ]}
    />
  );
}
