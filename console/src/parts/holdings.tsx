// What somebody held, moment by moment: drawn, and what changed in words.
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import LineChart from '@cloudscape-design/components/line-chart';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAnswers } from '../api/answers.ts';
import type { Schemas } from '../api/contract.ts';
import { Listing } from './listing.tsx';
import { Moment } from './moment.tsx';
import { Problem } from './problem.tsx';
import { Status } from './status.tsx';
import { type Fact, instantOf } from './timeline.tsx';

/** Each is a question to the API, which puts on record that somebody was shown it. */
const MAXIMUM_MOMENTS = 16;

interface HoldingsProps {
  readonly id: string;
  readonly facts: readonly Fact[];
}

export function Holdings({ id, facts }: HoldingsProps) {
  const moments = momentsOf(facts, Date.now());
  const answers = useAnswers(
    'GET /identities/{id}',
    moments.map((at) => ({ path: { id }, query: { at } })),
  );
  const failed = answers.find(({ error }) => error !== null);
  if (failed !== undefined) return <Problem error={failed.error} />;
  if (moments.length === 0) return <Box color="text-body-secondary">Nothing has taken effect yet.</Box>;
  const states = answers.flatMap(({ data }, index) => (data === undefined ? [] : [{ at: moments[index] ?? '', data }]));
  if (states.length < moments.length) return <Box>Asking the API about {moments.length} moments…</Box>;
  const points = states.map(({ at, data }, index) => pointOf(at, data, states[index - 1]?.data));
  return (
    <SpaceBetween size="l">
      <Drawn points={points} />
      <Changes points={points} />
    </SpaceBetween>
  );
}

/** When something took effect or came to its end, and some of them evenly where there are many. */
function momentsOf(facts: readonly Fact[], nowMs: number): readonly string[] {
  const ends = facts.flatMap(({ endsAt }) => (endsAt === undefined ? [] : [Date.parse(endsAt)]));
  const told = [...facts.map(instantOf), ...ends].filter((ms) => ms <= nowMs);
  const all = [...new Set(told)].sort((one, other) => one - other);
  const chosen =
    all.length <= MAXIMUM_MOMENTS
      ? all
      : Array.from({ length: MAXIMUM_MOMENTS }, (_, index) => all[evenly(index, all.length)] ?? nowMs);
  return chosen.map((ms) => new Date(ms).toISOString());
}

function evenly(index: number, length: number): number {
  return Math.round((index * (length - 1)) / (MAXIMUM_MOMENTS - 1));
}

interface Point {
  readonly at: string;
  readonly status: Schemas['Identity']['state']['status'];
  readonly held: number;
  readonly privileged: number;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

function pointOf(at: string, now: Schemas['Identity'], before: Schemas['Identity'] | undefined): Point {
  const ids = (identity: Schemas['Identity'] | undefined) =>
    (identity?.entitlements ?? []).map(({ entitlement }) => entitlement);
  return {
    at,
    status: now.state.status,
    held: now.entitlements.length,
    privileged: now.entitlements.filter(({ privileged }) => privileged).length,
    gained: ids(now).filter((one) => !ids(before).includes(one)),
    lost: ids(before).filter((one) => !ids(now).includes(one)),
  };
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

function Drawn({ points }: { readonly points: readonly Point[] }) {
  const until = Date.now();
  /** As steps: it stays so until something changes. */
  const steps = (countOf: (point: Point) => number) =>
    points.flatMap((point, index) => {
      const next = points[index + 1];
      const endMs = next === undefined ? until : Date.parse(next.at) - 1;
      const y = countOf(point);
      return [
        { x: new Date(point.at), y },
        { x: new Date(Math.max(endMs, Date.parse(point.at))), y },
      ];
    });
  const highest = Math.max(1, ...points.map(({ held }) => held));
  return (
    <Container
      header={
        <Header variant="h2" description="By all facts that are known now, and the access model of each moment.">
          Held over time
        </Header>
      }
    >
      <LineChart
        ariaLabel="Entitlements held over time"
        height={220}
        hideFilter
        xScaleType="time"
        xDomain={[new Date(points[0]?.at ?? until), new Date(until)]}
        yDomain={[0, highest]}
        xTitle="Time"
        yTitle="Entitlements"
        i18nStrings={{
          xTickFormatter: (at) => DAY.format(at),
          yTickFormatter: (count) => (Number.isInteger(count) ? String(count) : ''),
          legendAriaLabel: 'What is counted',
        }}
        series={[
          { title: 'All', type: 'line', data: steps(({ held }) => held) },
          { title: 'Privileged', type: 'line', data: steps(({ privileged }) => privileged) },
        ]}
      />
    </Container>
  );
}

function Changes({ points }: { readonly points: readonly Point[] }) {
  return (
    <Listing
      title="What changed"
      what="moment"
      heading="h2"
      list={{ items: [...points].reverse() }}
      keyOf={({ at }) => at}
      empty="Nothing."
      columns={[
        { id: 'at', header: 'When', cell: ({ at }) => <Moment at={at} />, isRowHeader: true },
        { id: 'status', header: 'Status', cell: ({ status }) => <Status of={status} /> },
        {
          id: 'held',
          header: 'Held',
          cell: ({ held, privileged }) => (privileged === 0 ? held : `${held} (${privileged} privileged)`),
        },
        { id: 'gained', header: 'Gained', cell: ({ gained }) => gained.join(', ') || '–' },
        { id: 'lost', header: 'Lost', cell: ({ lost }) => lost.join(', ') || '–' },
      ]}
    />
  );
}
