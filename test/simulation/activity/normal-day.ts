// A day on which nobody does anything wrong, though much of it is odd: people travel, lose their telephones, come back from a
// leave, rotate certificates and move a service; records come late, twice and out of order.
import type { Random } from '../random.ts';
import { type Company, DAY_MS, DORMANT_APPLICATION, HOUR_MS, isRole, type Member, ROLES } from './company.ts';
import {
  actorOf,
  claudeEvent,
  claudeUser,
  cloudTrailEvent,
  type From,
  githubEvent,
  googleEvent,
  homeOf,
  officeOf,
  oktaEvent,
  oktaUser,
  personInAws,
  roleInAws,
  type Sent,
  signIn,
  signInTo,
  slackEvent,
  toolCall,
  userInAws,
} from './records.ts';

const AWAY: ReadonlySet<number> = new Set([ROLES.left, ROLES.leftYesterday, ROLES.onLeave, ROLES.onLeaveToo]);
const WIDELY_USED = ['mail', 'chat', 'wiki', 'claude'];
const APPLICATIONS: Readonly<Record<string, readonly string[]>> = {
  Sales: ['crm', 'contracts'],
  Engineering: ['github', 'aws'],
  Support: ['crm', 'tickets'],
  Finance: ['payroll'],
  Marketing: ['campaigns'],
  People: ['payroll'],
  Legal: ['contracts'],
  Operations: ['aws', 'tickets'],
};

/** @param share of a full day: a thin one shows what is usual at less cost */
export function normalDay(company: Company, startMs: number, share: number, random: Random): Sent[] {
  const records: Sent[] = [];
  for (const person of company.people) {
    const isBack = person.number === ROLES.back && startMs < Date.parse('2026-06-14T00:00:00Z');
    const isNew = person.number === ROLES.joins && startMs < Date.parse('2026-06-15T00:00:00Z');
    if (!AWAY.has(person.number) && !isBack && !isNew) records.push(...personsDay(person, startMs, share, random));
  }
  for (const machine of company.machines) records.push(...machinesDay(machine, startMs, share, random));
  for (const agent of company.agents) records.push(...agentsDay(agent, startMs, share, random));
  return records;
}

function some(random: Random, most: number, share: number): number {
  return Math.max(1, Math.round(random.between(Math.ceil(most / 2), most) * share));
}

function personsDay(person: Member, startMs: number, share: number, random: Random): Sent[] {
  const beginMs = startMs + random.between(6, 8) * HOUR_MS + random.below(HOUR_MS);
  const endMs = person.number === ROLES.leavesToday ? startMs + 15 * HOUR_MS : beginMs + 9 * HOUR_MS;
  const from = random.chance(0.5) ? homeOf(person) : officeOf(person);
  const at = () => beginMs + 1 + random.below(endMs - beginMs - 1);
  const times = (most: number, make: () => Sent) => Array.from({ length: some(random, most, share) }, make);
  const given = APPLICATIONS[person.department] ?? [];
  const own = person.number === ROLES.dormant ? given.filter((one) => one !== DORMANT_APPLICATION) : given;
  const records = [signIn(beginMs, person, from), slackEvent(beginMs + 60_000, 'user_login', person, from)];
  if (random.chance(0.03)) records.push(signIn(beginMs - 30_000, person, from, { result: 'FAILURE' }));
  records.push(...[...WIDELY_USED, ...own].map((application) => signInTo(at(), person, from, application)));
  records.push(
    ...times(90, () => googleEvent(at(), 'drive', random.pick(['view', 'view', 'edit', 'download']), person, from)),
  );
  records.push(
    ...times(40, () =>
      claudeEvent(at(), random.pick(['claude_chat_created', 'claude_chat_viewed']), claudeUser(person), from),
    ),
  );
  records.push(...times(20, () => signInTo(at(), person, from, random.pick([...WIDELY_USED, ...own]))));
  if (own.includes('github'))
    records.push(
      ...times(60, () => githubEvent(at(), random.pick(['git.fetch', 'git.push', 'git.clone']), person, from)),
    );
  if (own.includes('aws')) {
    const call = () =>
      cloudTrailEvent(
        at(),
        random.pick(['ec2', 's3', 'logs']),
        random.pick(['DescribeInstances', 'ListBuckets', 'FilterLogEvents', 'GetObject']),
        personInAws(person),
        from,
      );
    records.push(...times(80, call));
  }
  return records;
}

function machinesDay(machine: Member, startMs: number, share: number, random: Random): Sent[] {
  const identity = isRole(machine) ? roleInAws(machine) : userInAws(machine);
  return Array.from({ length: some(random, 1_250, share) }, () =>
    cloudTrailEvent(
      startMs + random.below(DAY_MS),
      random.pick(['s3', 'dynamodb', 'sqs']),
      random.pick(['GetObject', 'PutObject', 'Query', 'SendMessage']),
      identity,
      homeOf(machine),
    ),
  );
}

function agentsDay(agent: Member, startMs: number, share: number, random: Random): Sent[] {
  return Array.from({ length: some(random, 500, share) }, () =>
    toolCall(
      startMs + random.below(DAY_MS),
      agent,
      random.pick(['tool:search', 'tool:search', 'tool:summarise']),
      homeOf(agent),
    ),
  );
}

/** What is meant, and looks as if it were not. Some of it nobody can tell from misuse without asking. */
export function oddities(company: Company, startMs: number): Sent[] {
  const at = (hour: number) => startMs + Math.round(hour * HOUR_MS);
  const person = (number: number) => company.people[number] as Member;
  const machine = (number: number) => company.machines[number] as Member;
  const helpDesk = person(ROLES.helpDesk);
  const administrator = person(ROLES.administrator);
  const abroad: From = {
    ...homeOf(person(12)),
    ip: '192.0.2.77',
    asn: 64_700,
    place: { city: 'Madrid', country: 'Spain', latitude: 40.4, longitude: -3.7 },
  };
  const lostTelephones = [22, 172, 322].flatMap((number) => [
    oktaEvent(at(9), {
      eventType: 'user.mfa.factor.reset_all',
      actor: actorOf(helpDesk),
      from: officeOf(helpDesk),
      target: [oktaUser(person(number))],
    }),
    oktaEvent(at(9.5), {
      eventType: 'user.mfa.factor.activate',
      actor: actorOf(person(number)),
      from: homeOf(person(number)),
      target: [oktaUser(person(number))],
    }),
  ]);
  const forgottenPasswords = Array.from({ length: 12 }, (_, place) =>
    oktaEvent(at(8 + place / 2), {
      eventType: 'user.account.reset_password',
      actor: actorOf(helpDesk),
      from: officeOf(helpDesk),
      target: [oktaUser(person(30 + place * 25))],
    }),
  );
  const owned = company.machines.slice(0, 4).map((each) => {
    const owner = company.members.get(each.owner ?? '') as Member;
    const more = { requestParameters: { userName: `service-${each.number}` } };
    return cloudTrailEvent(at(10 + each.number), 'iam', 'CreateAccessKey', personInAws(owner), officeOf(owner), more);
  });
  return [
    ...lostTelephones,
    ...forgottenPasswords,
    ...owned,
    // Flies from Berlin to Madrid, with time for it.
    signIn(at(19), person(12), abroad),
    // A relay of their own, of which nobody knows that it is one.
    signIn(at(10.5), person(330), homeOf(person(330))),
    signIn(at(11), person(330), {
      ...homeOf(person(330)),
      ip: '192.0.2.99',
      asn: 64_800,
      place: { city: 'New York', country: 'United States', latitude: 40.7, longitude: -74 },
    }),
    // The company's VPN, which is known.
    ...[14, 64, 214, 264].map((number) =>
      signIn(at(12), person(number), {
        ...homeOf(person(number)),
        ip: '198.51.100.200',
        asn: 64_501,
        place: { city: 'Ashburn', country: 'United States', latitude: 39, longitude: -77.5 },
      }),
    ),
    // A certificate is rotated as planned.
    oktaEvent(at(14), {
      eventType: 'system.idp.lifecycle.update',
      actor: actorOf(administrator),
      from: officeOf(administrator),
      target: [{ id: '0oaIDP', type: 'IdentityProvider', displayName: 'Partner' }],
    }),
    // A service moves to another network as planned.
    cloudTrailEvent(at(16), 's3', 'GetObject', userInAws(machine(21)), {
      ...homeOf(machine(21)),
      ip: '192.0.2.150',
      userAgent: 'aws-sdk-rust/1.3',
    }),
    // Tenure gives what a reason holds up, and a team adds somebody to a list of its own.
    githubEvent(at(9), 'team.add_member', administrator, officeOf(administrator), {
      user: 'acme-70',
      user_id: 10_070,
      team: 'acme/github-users',
    }),
    ...Array.from({ length: 10 }, (_, place) =>
      githubEvent(at(8 + place), 'team.add_member', person(60), officeOf(person(60)), {
        user: `acme-${61 + place}`,
        user_id: 10_061 + place,
        team: 'acme/friday-lunch',
      }),
    ),
    // Whoever has left tries, and does not get in.
    signIn(at(8), person(ROLES.leftYesterday), homeOf(person(ROLES.leftYesterday)), { result: 'FAILURE' }),
    // Whoever leaves at three is still seen a few minutes later.
    googleEvent(
      startMs + 15 * HOUR_MS + 8 * 60_000,
      'drive',
      'view',
      person(ROLES.leavesToday),
      homeOf(person(ROLES.leavesToday)),
    ),
    // Another laptop, and another way to sign in that colleagues use.
    signIn(
      at(7.5),
      person(90),
      {
        ...homeOf(person(90)),
        userAgent: 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/137.0.0.0 Safari/537.36',
      },
      { credential: 'OTP' },
    ),
    // Somebody looks through a folder in a hurry who stays.
    ...Array.from({ length: 300 }, (_, place) =>
      googleEvent(at(13) + place * 5_000, 'drive', 'view', person(233), homeOf(person(233))),
    ),
    slackEvent(at(9), 'app_installed', administrator, officeOf(administrator)),
  ];
}
