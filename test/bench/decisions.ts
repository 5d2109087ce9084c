// What deciding costs as an identity's history, its access and an application grow.

import { difference } from '../../lambdas/core/access/difference.ts';
import type { Application } from '../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { MAXIMUM_FACTS } from '../../lambdas/core/identity/history-bound.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import { presentTimeline } from '../../lambdas/handlers/identity/present-timeline.ts';
import { ALL } from '../support/capabilities.ts';
import { accessGranted, joiner, leaver, mover } from '../support/facts.ts';
import type { Question, Row } from './main.ts';

const DAY_MS = 86_400_000;
const SIZES = [10, 100, 1_000];

export function decisions(): readonly Question[] {
  return [
    {
      ask: 'What do as many facts cost in histories ten times as long?',
      rows: addingUp(historyOf),
      inCpuTime: true,
    },
    {
      ask: 'The same of somebody who comes and goes, and was given something once?',
      rows: addingUp(employmentsOf),
      inCpuTime: true,
    },
    {
      ask: 'What does it cost to show the newest part of a history ten times as long, up to the longest there may be?',
      rows: [100, 1_000, MAXIMUM_FACTS].map((size) => {
        const timeline = buildTimeline(historyOf(size));
        const view = { names: true, reasons: true };
        return {
          name: `the newest 100 of ${size} facts`,
          run: () => presentTimeline('E1', timeline, view, { limit: 100 }),
        };
      }),
    },
    {
      ask: 'What does a leaver cost who holds ten times the grants in one application?',
      rows: SIZES.map((size) => {
        const application = applicationWith(size);
        const grants = application.entitlements.map(({ grant }) => grant);
        const grantIds = grants.map((grant, index) => ({ grant, grantId: `${index}` }));
        const granted = application.entitlements.map(({ id: entitlement, grant, privileged }, index) => {
          return { grant, grantId: `${index}`, entitlement, privileged, sinceMs: 0 };
        });
        const observed = { enabled: true, grants, grantIds, attributes: {} };
        const facing = {
          application,
          desired: undefined,
          observed,
          granted,
          profile: undefined,
          retentionIsOver: false,
        };
        return {
          name: `the steps that revoke ${size} grants`,
          run: () => difference({ ...facing, capabilities: ALL }),
        };
      }),
    },
  ];
}

/** As many facts in each row, so that whatever else the machine does slows all of them as much. */
function addingUp(made: (size: number) => readonly Fact[]): readonly Row[] {
  return [...SIZES, MAXIMUM_FACTS].map((size) => {
    const facts = made(size);
    const times = MAXIMUM_FACTS / size;
    const name = `${times} x the timeline of ${size} facts`;
    // Of an array of its own each time: a timeline is kept with the very facts it was made of.
    const run = () => {
      for (let time = 0; time < times; time += 1) buildTimeline([...facts]);
    };
    return { name, run };
  });
}

function employmentsOf(size: number): readonly Fact[] {
  const day = (index: number) => new Date(Date.parse('2020-01-01T00:00:00Z') + index * DAY_MS).toISOString();
  const facts = Array.from({ length: size - 1 }, (_, index) =>
    index % 2 === 0 ? joiner(day(index), { department: 'Sales' }) : leaver(day(index)),
  );
  return [...facts, accessGranted('chat:everyone', day(0), undefined, { recorded: day(0) })];
}

function historyOf(size: number): readonly Fact[] {
  const day = (index: number) => new Date(Date.parse('2020-01-01T00:00:00Z') + index * DAY_MS).toISOString();
  const movers = Array.from({ length: size - 1 }, (_, index) =>
    mover(day(index + 1), { department: `Department ${index % 7}` }),
  );
  return [joiner(day(0), { department: 'Sales' }), ...movers];
}

function applicationWith(size: number): Application {
  const entitlements = Array.from({ length: size }, (_, index) => ({
    id: `entitlement-${index}`,
    name: `Entitlement ${index}`,
    grant: `group-${index}`,
    privileged: index % 50 === 0,
  }));
  return { id: 'crm', name: 'CRM', connector: 'scim', owner: 'E0', settings: {}, entitlements };
}
