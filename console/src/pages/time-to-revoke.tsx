// How long leavers' access lasted, beside what others promise.
import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAnswer } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { duration, Moment } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';

const MEASURES = [
  ['disabled', 'Sign-in refused'],
  ['lastGrantRemoved', 'Last grant gone'],
  ['proven', 'Proven'],
] as const;

export function TimeToRevokePage() {
  const { data, error, isPending } = useAnswer('GET /time-to-revoke');
  if (isPending) return <Box color="text-body-secondary">Asking the API…</Box>;
  if (data === undefined) return <Problem error={error} />;
  const { applications, deadlines, since, removals, complete } = data;
  const names = applications.map(({ applicationId }) => applicationId);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          <>
            {removals} removals proven since <Moment at={since} />
            {!complete && '; the latest are counted'}.
          </>
        }
      >
        Time to revoke
      </Header>
      <Container header={<Header variant="h2">At worst (99 of 100), by system</Header>}>
        <BarChart
          ariaLabel="Time to revoke by system, in seconds, on a logarithmic axis"
          height={Math.max(160, names.length * 44)}
          horizontalBars
          hideFilter
          yScaleType="log"
          xDomain={names}
          xTitle="System"
          yTitle="Seconds"
          i18nStrings={{ yTickFormatter: (seconds) => duration(seconds), legendAriaLabel: 'Measures' }}
          series={MEASURES.map(([measure, title]) => ({
            title,
            type: 'bar',
            // A logarithm has no zero.
            data: applications.flatMap(({ applicationId, measures }) => {
              const { p99Seconds } = measures[measure] ?? {};
              return p99Seconds === undefined ? [] : [{ x: applicationId, y: Math.max(p99Seconds, 0.1) }];
            }),
            valueFormatter: (seconds: number) => duration(seconds),
          }))}
          empty={<Box textAlign="center">Nobody has left in the last 30 days.</Box>}
        />
      </Container>
      <Listing
        title="By system"
        what="system"
        heading="h2"
        list={{ items: applications }}
        keyOf={({ applicationId }) => applicationId}
        empty="Nobody has left in the last 30 days."
        columns={[
          { id: 'system', header: 'System', cell: ({ applicationId }) => applicationId, isRowHeader: true },
          ...MEASURES.map(([measure, title]) => ({
            id: measure,
            header: title,
            cell: ({ measures }: (typeof applications)[number]) => {
              const found = measures[measure];
              return found ? `${duration(found.p50Seconds)}, at worst ${duration(found.p99Seconds)}` : '–';
            },
          })),
          ...deadlines.map(({ id, title, seconds }) => ({
            id,
            header: `${title} (${duration(seconds)})`,
            cell: ({ withinDeadline, measures }: (typeof applications)[number]) =>
              withinDeadline === undefined ? '–' : `${withinDeadline[id] ?? 0} of ${measures.disabled?.count ?? 0}`,
          })),
        ]}
      />
    </SpaceBetween>
  );
}
