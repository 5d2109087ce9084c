// Review campaigns: how far each has come, and a way into what is one's own to answer.
import Button from '@cloudscape-design/components/button';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import { Link, useNavigate } from '@tanstack/react-router';
import { useList } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';
import { useMay } from '../session-context.ts';

export function CampaignsPage() {
  const list = useList('GET /review-campaigns');
  const navigate = useNavigate();
  const mayOpen = useMay('POST /review-campaigns');
  return (
    <Listing
      title="Reviews"
      what="campaign"
      description="Everything in a scope is looked at at once. What nobody answers in time goes, or is suspended: nothing is kept silently."
      actions={mayOpen && <Button onClick={() => void navigate({ to: '/campaigns/new' })}>Open a campaign</Button>}
      list={list}
      keyOf={({ campaignId }) => campaignId}
      empty="There is no campaign that you may see."
      columns={[
        {
          id: 'name',
          header: 'Campaign',
          cell: ({ campaignId, name }) => (
            <Link to="/campaigns/$id" params={{ id: campaignId }}>
              {name}
            </Link>
          ),
          isRowHeader: true,
        },
        { id: 'state', header: 'State', cell: ({ state }) => <Status of={state} /> },
        { id: 'due', header: 'To be answered by', cell: ({ dueAt }) => <Moment at={dueAt} relative /> },
        {
          id: 'progress',
          header: 'Answered',
          cell: ({ name, counts: { asked, answered } }) => (
            <ProgressBar
              ariaLabel={`Answered of ${name}`}
              value={asked === 0 ? 100 : Math.round((100 * answered) / asked)}
              additionalInfo={`${answered} of ${asked}`}
            />
          ),
        },
        {
          id: 'desk',
          header: 'Yours',
          cell: ({ campaignId, name, state }) =>
            state === 'open' ? (
              <Link to="/campaigns/$id/desk" params={{ id: campaignId }} aria-label={`Review what is yours of ${name}`}>
                Review
              </Link>
            ) : (
              '–'
            ),
        },
      ]}
    />
  );
}
