// What the first HR system sent last, and what became of it; the page has all.
import Box from '@cloudscape-design/components/box';
import { Link } from '@tanstack/react-router';
import { useAnswer, useList } from '../api/queries.ts';
import { HrOutcome } from '../parts/hr-outcome.tsx';
import { IdentityLink } from '../parts/links.tsx';
import { Moment } from '../parts/moment.tsx';
import { Card, SHOWN } from './card.tsx';

const EVERY_MS = 60_000;

export function HrEventsCard() {
  const sources = useAnswer('GET /hr-sources');
  const source = sources.data?.items[0]?.source;
  const asked = { path: { source: source ?? '' }, query: { limit: SHOWN } };
  const list = useList('GET /hr-sources/{source}/events', asked, { enabled: source !== undefined, everyMs: EVERY_MS });
  return (
    <Card
      title={source === undefined ? 'Sent by HR' : `Sent last by ${source}`}
      more={<Link to="/hr">What became of all</Link>}
      error={sources.error ?? list.error}
      isPending={sources.isPending || (source !== undefined && list.isPending)}
      empty="Nothing yet."
    >
      {list.items.slice(0, SHOWN).map(({ eventId, identityId, type, outcome, receivedAt }) => (
        <li key={eventId}>
          {type} of <IdentityLink id={identityId} /> <HrOutcome of={outcome} />
          <Box fontSize="body-s" color="text-body-secondary">
            received <Moment at={receivedAt} relative />
          </Box>
        </li>
      ))}
    </Card>
  );
}
