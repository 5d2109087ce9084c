// Mistakes in days and moments.
import { inFile, type Mutant } from '../mutant.ts';

const DAYS = ['test/core/start-of-day.test.ts'] as const;
const MOMENTS = ['test/core/moment.test.ts'] as const;

export const TIME_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/moment.ts',
    {
      id: 'end-of-day-is-its-start',
      find: "edge === 'start-of-day' ? 0 : 1",
      replace: "edge === 'start-of-day' ? 0 : 0",
      breaks: 'a leaver loses access a day early',
      suites: MOMENTS,
    },
    {
      id: 'bounds-of-utc',
      find: 'instantMs - DAY_MS < EARLIEST_MS || instantMs + DAY_MS >= LATEST_MS',
      replace: 'instantMs < EARLIEST_MS || instantMs >= LATEST_MS',
      breaks: 'a date at the bound lies past it where the identity works',
      suites: MOMENTS,
    },
    {
      id: 'open-end-is-a-date',
      find: 'Date.parse(moment) + DAY_MS >= LATEST_MS',
      replace: 'Date.parse(moment) - DAY_MS >= LATEST_MS',
      breaks: 'the last day that can be said is no open end, though it cannot be a moment either',
      suites: MOMENTS,
    },
    {
      id: 'unknown-zone-throws',
      find: 'isTimeZone(timeZone) ? timeZone : DEFAULT_TIME_ZONE',
      replace: 'timeZone',
      breaks: 'one fact from before a zone was refused stops its identity',
      suites: MOMENTS,
    },
    {
      id: 'moment-unbounded',
      find: 'Math.min(Math.max(instantMs, EARLIEST_MS), LATEST_MS)',
      replace: 'Math.max(instantMs, EARLIEST_MS)',
      breaks: 'a moment beyond the year 9999 breaks routing',
      suites: MOMENTS,
    },
    {
      id: 'lower-case-t-is-a-date',
      find: "moment.includes('T') || moment.includes('t')",
      replace: "moment.includes('T')",
      breaks: 'RFC 3339 allows `t`: such a moment is read as a date',
      suites: MOMENTS,
    },
  ),
  ...inFile(
    'lambdas/core/start-of-day.ts',
    {
      id: 'later-midnight',
      find: '[Math.max(...offsets), Math.min(...offsets)]',
      replace: '[Math.min(...offsets), Math.max(...offsets)]',
      breaks: 'where midnight comes twice the day begins at the second',
      suites: DAYS,
    },
    {
      id: 'february-30',
      find: '|| !new Date(midnightMs).toISOString().startsWith(date)',
      replace: '',
      breaks: '30 February is 2 March',
      suites: DAYS,
    },
    {
      id: 'legacy-zone-taken',
      find: 'if (LEGACY_ZONES.has(timeZone.toUpperCase())) throw',
      replace: 'if (LEGACY_ZONES.has(timeZone)) throw',
      breaks: '`ist` is a zone here and none for Temporal',
      suites: DAYS,
    },
    {
      id: 'leap-not-found',
      find: 'if (offsetMs(middle, timeZone) === offset) unchanged = middle;\n    else changed = middle;',
      replace: 'if (offsetMs(middle, timeZone) === offset) unchanged = middle + 1;\n    else changed = middle;',
      breaks: 'the search for the instant of a change steps over it',
      suites: DAYS,
    },
    {
      id: 'zone-cached-under-the-day',
      find: '`${date} ${addDays} ${timeZone}`',
      replace: '`${date} ${addDays}`',
      breaks: 'whoever is asked about first decides for all time zones',
      suites: DAYS,
    },
  ),
  ...inFile(
    'lambdas/core/map-bounded.ts',
    {
      id: 'unbounded',
      find: 'Array.from({ length: concurrency }, work)',
      replace: 'Array.from({ length: items.length }, work)',
      breaks: 'a thousand calls go out at once',
      suites: ['test/core/map-bounded.test.ts'],
    },
    {
      id: 'goes-on-after-a-failure',
      find: '      if (failed) return;\n',
      replace: '',
      breaks: 'after a failure further calls are begun',
      suites: ['test/core/map-bounded.test.ts'],
    },
  ),
  ...inFile('lambdas/core/faults.ts', {
    id: 'pointer-escaped-twice',
    find: ".replaceAll('~', '~0').replaceAll('/', '~1')",
    replace: ".replaceAll('/', '~1').replaceAll('~', '~0')",
    breaks: 'a fault in a member with a slash points to none',
    suites: ['test/core/faults.test.ts'],
  }),
];
