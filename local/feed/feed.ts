// What HR of the sample company reports: first everyone who already works there, with what HR knows of them by then; a
// lively day on which everything that is hard about joiners, movers and leavers happens once; and last a mistake of HR's
// own. The local cloud posts it; tests replay it. It passes the mass-error guard as any company does: who already left or
// will leave is known before they are, five more lose their access within the hour, and what must end at once says so.
import { Temporal } from 'temporal-polyfill';
import type { HrEventType } from '../../lambdas/core/hr/hr-event.ts';
import type { Attributes } from '../../lambdas/core/identity/attributes.ts';
import { emailOf, loadOrganisation, type Member } from './organisation.ts';

export const FEED_SOURCE = 'acme-hr';

export interface FeedStep {
  /** Whether it is reported with those who are already there, or happens on the day itself. */
  readonly phase: 'already-there' | 'day';
  /** One line for people: who, and what happens. */
  readonly title: string;
  readonly source: typeof FEED_SOURCE;
  readonly event: FeedEvent;
  /** What there is to see. */
  readonly note?: string | undefined;
  /** How the identity ends up once the whole feed has settled; on the last of its steps only. */
  readonly expect?: FeedExpectation | undefined;
}

export interface FeedExpectation {
  readonly identityId: string;
  readonly status: 'active' | 'suspended' | 'departed' | 'pending';
}

/** The public contract's event, as written by hand: see lambdas/core/hr/hr-event.ts. */
export interface FeedEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: `/hr/${typeof FEED_SOURCE}`;
  readonly type: HrEventType;
  readonly subject: string;
  /** When HR recorded it. */
  readonly time: string;
  readonly data: FeedEventData;
}

export interface FeedEventData {
  readonly effectiveAt?: string;
  readonly attributes?: Partial<Attributes>;
  readonly reason?: string;
  readonly immediate?: boolean;
  readonly successor?: string;
  readonly rescinds?: string;
}

/** A contract that runs out while one watches. */
const CONTRACT_ENDS_IN_SECONDS = 30;
/** HR records a hire two weeks ahead. */
const HIRE_NOTICE_DAYS = 14;
const BERLIN = 'Europe/Berlin';
/** Who really leaves on the day. */
export const LEFT_ENGINEERING = 'E1004';

/**
 * The same for the same moments: every date in it counts from `now`.
 *
 * @param foundedAt the `now` that those who are already there were posted with, which their events' ids carry
 */
export function sampleFeed(now: Date, foundedAt = now): FeedStep[] {
  const clock = clockAt(now);
  const writeBefore = stepWriter(clockAt(foundedAt).stamp, 'already-there');
  const write = stepWriter(clock.stamp, 'day');
  const withdrawn = noticeGiven(clock, writeBefore);
  return keepLastExpectations([
    ...loadOrganisation().map((member) => alreadyThere(member, clock, writeBefore)),
    withdrawn,
    ...knownBefore(clock, writeBefore),
    ...joiners(clock, write),
    ...movers(clock, write),
    ...overtaken(clock, write),
    ...secondThoughts(clock, write, withdrawn),
    ...absences(clock, write),
    ...leavers(clock, write),
    ...endings(clock, write),
  ]);
}

/**
 * A mistake of HR's: its export lacks the engineers who were there in the morning, so that they seem to have left. The
 * mass-error guard holds all of it.
 */
export function mistakenLeavers(now: Date): readonly FeedEvent[] {
  const clock = clockAt(now);
  const write = stepWriter(`${clock.stamp}-mistake`, 'day');
  const remaining = loadOrganisation().filter(({ id, kind, department }) => {
    return kind === 'employee' && department === 'Engineering' && id !== LEFT_ENGINEERING;
  });
  return remaining.map(({ id, givenName, familyName }) => {
    const [time, title] = [clock.ago({ minutes: 1 }), `${givenName} ${familyName} is not in HR's export`];
    const data = { effectiveAt: time, reason: 'not in the export' };
    return write({ title, type: 'jml.leaver', subject: id, time, data, status: 'active' }).event;
  });
}

// --- Known before the day ---------------------------------------------------------------------------------------

function noticeGiven({ ago, day }: Clock, write: StepWriter): FeedStep {
  return write({
    title: 'Nadia Haddad has given notice',
    note: 'a leaver in 30 days',
    type: 'jml.leaver',
    subject: 'E1026',
    time: ago({ days: 2 }),
    data: { effectiveAt: day(30, BERLIN), reason: 'resignation' },
    status: 'active',
  });
}

function knownBefore({ ago, day }: Clock, write: StepWriter): readonly FeedStep[] {
  return [
    write({
      title: 'Greta Holm left a hundred days ago',
      type: 'jml.leaver',
      subject: 'E1036',
      time: ago({ days: 130 }),
      data: { effectiveAt: day(-100, BERLIN), reason: 'resignation' },
      status: 'departed',
    }),
    write({
      title: 'Pedro Alves has been on leave for half a year',
      type: 'jml.suspension',
      subject: 'E1033',
      time: ago({ days: 200 }),
      data: { effectiveAt: day(-180, 'Europe/Lisbon'), reason: 'sabbatical' },
      status: 'suspended',
    }),
    write({
      title: 'Noah Lang leaves tomorrow, New York time',
      note: 'a date is read where he works: access lasts until the end of that day',
      type: 'jml.leaver',
      subject: 'E1017',
      time: ago({ days: 21 }),
      data: { effectiveAt: day(1, 'America/New_York'), reason: 'resignation' },
      status: 'active',
    }),
  ];
}

// --- The lively day ---------------------------------------------------------------------------------------------

type Clock = ReturnType<typeof clockAt>;
type StepWriter = ReturnType<typeof stepWriter>;

function joiners({ ago, ahead, day }: Clock, write: StepWriter): readonly FeedStep[] {
  return [
    write({
      title: 'Nora Schulz joins Engineering today',
      note: 'accounts and groups by her department, with no ticket',
      type: 'jml.joiner',
      subject: 'E1101',
      time: ago({ days: 10 }),
      data: {
        effectiveAt: ago({ hours: 1 }),
        attributes: employee('Nora Schulz', 'Software Engineer', 'Engineering', 'E1003', '4100'),
      },
      status: 'active',
    }),
    write({
      title: 'Aylin Kaya will join Finance in two weeks',
      note: 'pending: a schedule waits for the day, nothing is granted before it',
      type: 'jml.joiner',
      subject: 'E1103',
      time: ago({ hours: 2 }),
      data: {
        effectiveAt: day(14, BERLIN),
        attributes: employee('Aylin Kaya', 'Accountant', 'Finance', 'E1018', '6100'),
      },
      status: 'pending',
    }),
    write({
      title: 'Hugo Winkler joins as a partner, for half a year',
      note: 'a partner needs an end date; the access ends with it',
      type: 'jml.joiner',
      subject: 'P3002',
      time: ago({ days: 3 }),
      data: {
        effectiveAt: ago({ minutes: 55 }),
        attributes: {
          ...employee('Hugo Winkler', 'Channel Partner', 'Sales', 'E1012', '2100'),
          kind: 'partner',
          company: 'Alpenblick Vertrieb',
          endsAt: day(180, BERLIN),
        },
      },
      status: 'active',
    }),
    write({
      title: 'The webinar import goes live',
      note: 'an integration: an identity like any other, with an owner, a purpose and an end date',
      type: 'jml.joiner',
      subject: 'I5002',
      time: ago({ hours: 3 }),
      data: {
        effectiveAt: ago({ minutes: 50 }),
        attributes: {
          ...machine('integration', 'Webinar Import', 'Marketing', 'E1034', '2200'),
          purpose: 'Takes over who was at a webinar',
          endsAt: day(365, BERLIN),
        },
      },
      status: 'active',
    }),
    write({
      title: 'A second AI agent starts in Support, for 30 days',
      note: 'an AI agent needs an owner, a purpose and an end date',
      type: 'jml.joiner',
      subject: 'A6002',
      time: ago({ hours: 3 }),
      data: {
        effectiveAt: ago({ minutes: 45 }),
        attributes: {
          ...machine('ai-agent', 'Answer Agent', 'Support', 'E1030', '3100'),
          purpose: 'Drafts answers for Support to look at',
          endsAt: ahead({ days: 30 }),
        },
      },
      status: 'active',
    }),
  ];
}

function movers({ ago, day }: Clock, write: StepWriter): readonly FeedStep[] {
  const mover = (step: Omit<StepText, 'type'> & { effectiveAt: string; attributes: Partial<Attributes> }) => {
    const { effectiveAt, attributes, ...rest } = step;
    return write({ ...rest, type: 'jml.mover', data: { effectiveAt, attributes }, status: 'active' });
  };
  const promotion = mover({
    title: 'Elif Demir becomes Senior Software Engineer',
    note: 'the senior profile comes on top of what she has',
    subject: 'E1005',
    time: ago({ days: 6 }),
    effectiveAt: ago({ minutes: 40 }),
    attributes: { title: 'Senior Software Engineer' },
  });
  return [
    mover({
      title: 'Ben Okafor moves from Sales to Engineering',
      note: 'everything of Sales goes, Engineering comes, what everyone has stays',
      subject: 'E1013',
      time: ago({ days: 4 }),
      effectiveAt: ago({ minutes: 42 }),
      attributes: { department: 'Engineering', title: 'Software Engineer', manager: 'E1003', costCenter: '4100' },
    }),
    promotion,
    { ...promotion, title: `${promotion.title} (posted twice)`, note: 'a duplicate: the first answer again' },
    mover({
      title: 'Emma Fischer moves to the Munich office',
      note: 'a badge zone: a task for the front desk, since the badge system has no API',
      subject: 'E1016',
      time: ago({ days: 2 }),
      effectiveAt: ago({ minutes: 38 }),
      attributes: { location: 'Munich' },
    }),
    mover({
      title: 'Leon Wagner is no longer a junior, since ten days ago',
      note: 'back-dated: it takes effect at once',
      subject: 'E1029',
      time: ago({ minutes: 36 }),
      effectiveAt: ago({ days: 10 }),
      attributes: { title: 'IT Administrator' },
    }),
    mover({
      title: 'Aiko Tanaka will be Senior Site Reliability Engineer in 20 days',
      note: 'future-dated: nothing changes today',
      subject: 'E1009',
      time: ago({ minutes: 34 }),
      effectiveAt: day(20, BERLIN),
      attributes: { title: 'Senior Site Reliability Engineer' },
    }),
    mover({
      title: 'Oskar Lehmann marries and changes his name',
      note: 'no access changes; his accounts get the new name',
      subject: 'E1031',
      time: ago({ hours: 5 }),
      effectiveAt: ago({ minutes: 32 }),
      attributes: { familyName: 'Lehmann-Ott' },
    }),
    mover({
      title: 'Marek Dvořák, a contractor, becomes an employee',
      note: 'the same identity for life; the end date goes',
      subject: 'C2003',
      time: ago({ days: 5 }),
      effectiveAt: ago({ minutes: 30 }),
      attributes: { kind: 'employee', company: 'Acme GmbH', endsAt: null },
    }),
  ];
}

function overtaken({ ago }: Clock, write: StepWriter): readonly FeedStep[] {
  return [
    write({
      title: 'Ravi Menon changes teams, before HR reported that he joined',
      note: 'out of order: kept until the joiner arrives',
      type: 'jml.mover',
      subject: 'E1102',
      time: ago({ days: 1 }),
      data: {
        effectiveAt: ago({ hours: 12 }),
        attributes: { title: 'Data Engineer', manager: 'E1011', costCenter: '4300' },
      },
      status: 'active',
    }),
    write({
      title: 'Ravi Menon joins, reported late',
      note: 'as if both had come in order',
      type: 'jml.joiner',
      subject: 'E1102',
      time: ago({ days: 20 }),
      data: {
        effectiveAt: ago({ days: 2 }),
        attributes: employee('Ravi Menon', 'Software Engineer', 'Engineering', 'E1003', '4100'),
      },
      status: 'active',
    }),
    write({
      title: 'Clara Neumann leaves; an earlier move of hers is still under way',
      type: 'jml.leaver',
      subject: 'E1014',
      time: ago({ hours: 1 }),
      data: { effectiveAt: ago({ minutes: 28 }), reason: 'resignation' },
      status: 'departed',
    }),
    write({
      title: 'Clara Neumann moves to Marketing: overtaken by her leaving',
      note: 'grants nothing: the leaver took effect after it',
      type: 'jml.mover',
      subject: 'E1014',
      time: ago({ hours: 3 }),
      data: {
        effectiveAt: ago({ hours: 2 }),
        attributes: { department: 'Marketing', manager: 'E1034', costCenter: '2200' },
      },
      status: 'departed',
    }),
  ];
}

function secondThoughts({ ago }: Clock, write: StepWriter, withdrawn: FeedStep): readonly FeedStep[] {
  return [
    write({
      title: 'Nadia Haddad, who gave notice, stays after all',
      note: 'the leaver is rescinded: it never takes effect',
      type: 'jml.rescind',
      subject: 'E1026',
      time: ago({ minutes: 26 }),
      data: { rescinds: withdrawn.event.id, reason: 'notice withdrawn' },
      status: 'active',
    }),
    write({
      title: 'Greta Holm, who left a hundred days ago, comes back, to Sales',
      note: 'a rehire: the same identity, the access of the new position only',
      type: 'jml.joiner',
      subject: 'E1036',
      time: ago({ days: 15 }),
      data: {
        effectiveAt: ago({ minutes: 24 }),
        attributes: employee('Greta Holm', 'Account Executive', 'Sales', 'E1012', '2100'),
      },
      status: 'active',
    }),
  ];
}

function absences({ ago }: Clock, write: StepWriter): readonly FeedStep[] {
  return [
    write({
      title: 'Julia Maier goes on parental leave',
      note: 'a suspension: accounts disabled, nothing removed',
      type: 'jml.suspension',
      subject: 'E1024',
      time: ago({ days: 40 }),
      data: { effectiveAt: ago({ minutes: 22 }), reason: 'parental leave' },
      status: 'suspended',
    }),
    write({
      title: 'Pedro Alves is back from leave',
      note: 'a return: his access is usable again; accounts are opened that nobody needed meanwhile',
      type: 'jml.return',
      subject: 'E1033',
      time: ago({ days: 7 }),
      data: { effectiveAt: ago({ minutes: 20 }) },
      status: 'active',
    }),
  ];
}

function leavers({ ago }: Clock, write: StepWriter): readonly FeedStep[] {
  return [
    write({
      title: 'Raj Patel is dismissed with immediate effect',
      note: 'locked down first, whatever else is running; then everything is removed and read back',
      type: 'jml.leaver',
      subject: 'E1015',
      time: ago({ minutes: 2 }),
      data: { immediate: true, reason: 'dismissal' },
      status: 'departed',
    }),
    write({
      title: 'Lukas Brandt leaves; he owns the deployment pipeline',
      note: 'the service account S4001 goes to his successor E1006 and keeps working',
      type: 'jml.leaver',
      subject: LEFT_ENGINEERING,
      time: ago({ days: 30 }),
      data: { effectiveAt: ago({ minutes: 18 }), reason: 'resignation', successor: 'E1006' },
      status: 'departed',
    }),
    write({
      title: 'Lena Hoffmann leaves Finance',
      note: 'proved only once somebody attests that the ledger, which has no API, was cleared',
      type: 'jml.leaver',
      subject: 'E1020',
      time: ago({ days: 25 }),
      data: { effectiveAt: ago({ minutes: 16 }), reason: 'end of contract' },
      status: 'departed',
    }),
  ];
}

function endings({ ago, ahead }: Clock, write: StepWriter): readonly FeedStep[] {
  return [
    write({
      title: `Ingrid Solberg's contract is cut short, to ${CONTRACT_ENDS_IN_SECONDS} seconds from now`,
      note: 'no event will say so: the end date alone ends the access',
      type: 'jml.mover',
      subject: 'C2002',
      time: ago({ minutes: 14 }),
      data: { effectiveAt: ago({ minutes: 14 }), attributes: { endsAt: ahead({ seconds: CONTRACT_ENDS_IN_SECONDS }) } },
      status: 'departed',
    }),
    write({
      title: 'The backup runner is switched off',
      note: 'a service account leaves like anybody else; cut off on purpose, so no guard asks',
      type: 'jml.leaver',
      subject: 'S4003',
      time: ago({ hours: 4 }),
      data: { immediate: true, reason: 'decommissioned' },
      status: 'departed',
    }),
    write({
      title: 'The triage agent is retired',
      note: 'an AI agent too: disabled, removed, read back',
      type: 'jml.leaver',
      subject: 'A6001',
      time: ago({ hours: 4 }),
      data: { immediate: true, reason: 'replaced by A6002' },
      status: 'departed',
    }),
  ];
}

// --- Writing steps ----------------------------------------------------------------------------------------------

function alreadyThere(member: Member, clock: Clock, write: StepWriter): FeedStep {
  const { id, joinedDaysAgo, endsInDays, manager, owner, purpose, email, ...rest } = member;
  return write({
    title: `${member.givenName} ${member.familyName}, ${member.title}, is already there`,
    type: 'jml.joiner',
    subject: id,
    time: clock.ago({ days: joinedDaysAgo + HIRE_NOTICE_DAYS }),
    data: {
      effectiveAt: clock.day(-joinedDaysAgo, member.timeZone),
      attributes: {
        ...rest,
        ...(email === undefined ? {} : { email }),
        ...(manager === undefined ? {} : { manager }),
        ...(owner === undefined ? {} : { owner }),
        ...(purpose === undefined ? {} : { purpose }),
        ...(endsInDays === undefined ? {} : { endsAt: clock.day(endsInDays, member.timeZone) }),
      },
    },
    status: 'active',
  });
}

function employee(name: string, title: string, department: string, manager: string, costCenter: string) {
  const [givenName = '', familyName = ''] = name.split(' ');
  return {
    kind: 'employee',
    givenName,
    familyName,
    email: emailOf(name),
    title,
    department,
    manager,
    location: 'Berlin',
    timeZone: BERLIN,
    company: 'Acme GmbH',
    costCenter,
  } as const;
}

function machine(
  kind: 'integration' | 'ai-agent',
  name: string,
  department: string,
  owner: string,
  costCenter: string,
): Partial<Attributes> {
  const [givenName = '', familyName = ''] = name.split(' ');
  return {
    kind,
    givenName,
    familyName,
    title: name,
    department,
    owner,
    company: 'Acme GmbH',
    costCenter,
    timeZone: BERLIN,
  };
}

interface StepText {
  readonly title: string;
  readonly note?: string;
  readonly type: HrEventType;
  readonly subject: string;
  readonly time: string;
}

/** Event ids carry the time of the feed, so that playing it again posts new events rather than conflicting ones. */
function stepWriter(stamp: string, phase: FeedStep['phase']) {
  let written = 0;
  return (step: StepText & { readonly data: FeedEventData; readonly status: FeedExpectation['status'] }): FeedStep => {
    written += 1;
    const { title, note, status, type, subject, time, data } = step;
    const id = `${stamp}-${phase === 'day' ? '' : 'b'}${String(written).padStart(3, '0')}`;
    return {
      phase,
      title,
      note,
      source: FEED_SOURCE,
      event: { specversion: '1.0', id, source: `/hr/${FEED_SOURCE}`, type, subject, time, data },
      expect: { identityId: subject, status },
    };
  };
}

function keepLastExpectations(steps: readonly FeedStep[]): FeedStep[] {
  const last = new Map(steps.map((step, index) => [step.event.subject, index]));
  return steps.map((step, index) => (last.get(step.event.subject) === index ? step : { ...step, expect: undefined }));
}

function clockAt(now: Date) {
  const instant = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO('UTC');
  const iso = (moment: Temporal.ZonedDateTime) => moment.toInstant().toString({ smallestUnit: 'millisecond' });
  return {
    ago: (duration: Temporal.DurationLike) => iso(instant.subtract(duration)),
    ahead: (duration: Temporal.DurationLike) => iso(instant.add(duration)),
    /** A date, as the calendar on the wall of that time zone shows it. */
    day: (days: number, timeZone: string) => instant.withTimeZone(timeZone).toPlainDate().add({ days }).toString(),
    stamp: now.toISOString().replace(/[-:]|\.\d+/g, ''),
  };
}
