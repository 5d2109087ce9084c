// What was found and nobody has looked at, the worst first, and what one has taken on.
import Box from '@cloudscape-design/components/box';
import { Link } from '@tanstack/react-router';
import { useList } from '../api/queries.ts';
import { AboutAlert } from '../parts/about-alert.tsx';
import { Moment } from '../parts/moment.tsx';
import { Severity, worstFirst } from '../parts/severity.tsx';
import { useSession } from '../session-context.ts';
import { Card, counterOf, EVERY_MS, SHOWN } from './card.tsx';

export function AlertsCard() {
  const { identityId } = useSession();
  const list = useList('GET /alerts', { query: { status: 'open' } }, { everyMs: EVERY_MS });
  const taken = useList('GET /alerts', { query: { status: 'acknowledged' } }, { everyMs: EVERY_MS });
  const own = taken.items.filter(({ assignee }) => assignee !== undefined && assignee === identityId);
  return (
    <Card
      title="Alerts"
      more={<Link to="/alerts">All alerts</Link>}
      counter={counterOf({ items: [...list.items, ...own], hasNextPage: list.hasNextPage })}
      error={list.error}
      isPending={list.isPending}
      empty="Nothing was found that nobody has looked at."
    >
      {[...list.items, ...own]
        .sort(worstFirst)
        .slice(0, SHOWN)
        .map((alert) => (
          <li key={alert.alertId}>
            <Severity of={alert.severity} />{' '}
            <Link to="/alerts/$id" params={{ id: alert.alertId }}>
              {alert.title}
            </Link>
            : <AboutAlert of={alert} />
            <Box fontSize="body-s" color="text-body-secondary">
              {alert.assignee !== undefined && alert.assignee === identityId && 'yours, '}last found{' '}
              <Moment at={alert.foundAt} relative />
            </Box>
          </li>
        ))}
    </Card>
  );
}
