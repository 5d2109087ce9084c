// A company of four hundred people, forty service accounts and twenty agents, with what HR says of them, what the access model
// gives them, and their accounts: all that the watch over it knows.
import type { AccountRecord } from '../../../lambdas/core/access/account-record.ts';
import type { AccessModel, Application, Entitlement } from '../../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { joiner, leaver, suspension } from '../../support/facts.ts';
import type { Random } from '../random.ts';

export const DAY_START_MS = Date.parse('2026-06-15T00:00:00Z');
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const DEPARTMENTS = [
  'Sales',
  'Engineering',
  'Support',
  'Finance',
  'Marketing',
  'People',
  'Legal',
  'Operations',
] as const;
const PEOPLE_EACH = 50;
const SERVICE_ACCOUNTS = 40;
const AGENTS = 20;

/** Application → the departments that have it; none: everybody. */
const GIVEN: Readonly<Record<string, readonly string[]>> = {
  okta: [],
  mail: [],
  chat: [],
  wiki: [],
  claude: [],
  crm: ['Sales', 'Support'],
  github: ['Engineering'],
  aws: ['Engineering', 'Operations'],
  payroll: ['Finance', 'People'],
  campaigns: ['Marketing'],
  contracts: ['Legal', 'Sales'],
  tickets: ['Support', 'Operations'],
};

function entitlement(id: string, grant: string, more: Partial<Entitlement> = {}): Entitlement {
  return { id, name: id, grant, privileged: false, ...more };
}

function application(id: string, entitlements: readonly Entitlement[]): Application {
  return { id, name: id, connector: 'scim', owner: 'P000', settings: {}, entitlements };
}

const ADMINISTRATORS: Readonly<Record<string, string>> = {
  okta: 'Super administrator',
  aws: 'arn:aws:iam::aws:policy/AdministratorAccess',
  chat: 'owner',
};

export const MODEL: AccessModel = {
  hash: '1'.repeat(64),
  applications: [
    ...Object.keys(GIVEN).map((id) => {
      const administrator = ADMINISTRATORS[id];
      const privileged =
        administrator === undefined ? [] : [entitlement('administrator', administrator, { privileged: true })];
      return application(id, [
        entitlement('user', `${id}-users`),
        entitlement('reports', `${id}-reports`),
        ...privileged,
      ]);
    }),
    application('agent-tools', [
      entitlement('search', 'tool:search', { agentMayHold: true }),
      entitlement('summarise', 'tool:summarise', { agentMayHold: true }),
      entitlement('refund', 'tool:refund', { agentMayHold: true }),
    ]),
  ],
  profiles: [
    ...Object.entries(GIVEN).map(([id, departments]) => ({
      id,
      name: id,
      when: { kind: ['employee', 'contractor'], ...(departments.length > 0 && { department: [...departments] }) },
      entitlements: [`${id}:user`],
    })),
    { id: 'machines', name: 'Machines', when: { kind: ['service-account'] }, entitlements: ['aws:user'] },
    {
      id: 'agents',
      name: 'Agents',
      when: { kind: ['ai-agent'] },
      entitlements: ['agent-tools:search', 'agent-tools:summarise', 'claude:user'],
    },
  ],
};

export interface Place {
  readonly city: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
}

export const CITIES: readonly Place[] = [
  { city: 'Berlin', country: 'Germany', latitude: 52.52, longitude: 13.4 },
  { city: 'Munich', country: 'Germany', latitude: 48.14, longitude: 11.58 },
  { city: 'London', country: 'United Kingdom', latitude: 51.51, longitude: -0.13 },
  { city: 'Paris', country: 'France', latitude: 48.86, longitude: 2.35 },
];

export interface Member {
  readonly id: string;
  readonly number: number;
  readonly kind: 'person' | 'service-account' | 'agent';
  readonly department: string;
  readonly email: string;
  readonly facts: readonly Fact[];
  readonly owner?: string | undefined;
  readonly city: Place;
  /** The operator at home, and the address there. */
  readonly homeAs: number;
  readonly homeIp: string;
  readonly userAgent: string;
  readonly credential: string;
}

export interface Company {
  readonly people: readonly Member[];
  readonly machines: readonly Member[];
  readonly agents: readonly Member[];
  readonly members: ReadonlyMap<string, Member>;
  readonly accounts: ReadonlyMap<string, readonly AccountRecord[]>;
}

export const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0',
] as const;
const HIRED = '2024-02-01T08:00:00Z';

/** Those with a part in the day, by their number among the people: everybody else is simply at work. */
export const ROLES = {
  /** Left a month ago, and yesterday. */
  left: 3,
  leftYesterday: 53,
  /** On leave since two weeks. */
  onLeave: 104,
  onLeaveToo: 154,
  /** Leaves at 15:00 today, as HR has said. */
  leavesToday: 205,
  /** Leave in two weeks: one reads, the other does as always. */
  leavesSoon: 256,
  leavesSoonQuietly: 306,
  /** Back from a leave of half a year since yesterday. */
  back: 357,
  /** Joins this morning. */
  joins: 58,
  /** Has not used one application since winter. */
  dormant: 145,
  /** Of the help desk, and of those who administer Okta. */
  helpDesk: 110,
  administrator: 360,
} as const;

export const DORMANT_APPLICATION = 'tickets';

export function buildCompany(random: Random): Company {
  const people = Array.from({ length: DEPARTMENTS.length * PEOPLE_EACH }, (_, number) => personOf(number, random));
  const machines = Array.from({ length: SERVICE_ACCOUNTS }, (_, number) => machineOf(number, people));
  const agents = Array.from({ length: AGENTS }, (_, number) => agentOf(number, people));
  const all = [...people, ...machines, ...agents];
  return {
    people,
    machines,
    agents,
    members: new Map(all.map((member) => [member.id, member])),
    accounts: new Map(all.map((member) => [member.id, accountsOf(member)])),
  };
}

function personOf(number: number, random: Random): Member {
  const department = DEPARTMENTS[Math.floor(number / PEOPLE_EACH)] as string;
  const id = `P${String(number).padStart(3, '0')}`;
  const email = `person${number}@acme.example`;
  const attributes = {
    department,
    email,
    ...(number % 20 === 19 && { kind: 'contractor' as const, endsAt: '2027-06-30' }),
  };
  return {
    id,
    number,
    kind: 'person',
    department,
    email,
    facts: factsOf(number, attributes).map((fact) => ({ ...fact, identityId: id })),
    city: random.pick(CITIES),
    homeAs: 64_600 + (number % 5),
    homeIp: `203.0.${number % 250}.${1 + (number % 240)}`,
    userAgent: random.pick(USER_AGENTS),
    credential: number % 3 === 0 ? 'OTP' : 'FASTPASS',
  };
}

function factsOf(number: number, attributes: object): readonly Fact[] {
  const hired = joiner(number === ROLES.joins ? '2026-06-15T06:00:00Z' : HIRED, attributes);
  const since = '2026-06-01T00:00:00Z';
  switch (number) {
    case ROLES.left:
      return [hired, leaver('2026-05-15T17:00:00Z')];
    case ROLES.leftYesterday:
      return [hired, leaver('2026-06-14T17:00:00Z')];
    case ROLES.onLeave:
    case ROLES.onLeaveToo:
      return [hired, suspension(since)];
    case ROLES.leavesToday:
      return [hired, leaver('2026-06-15T15:00:00Z', { recorded: since })];
    case ROLES.leavesSoon:
    case ROLES.leavesSoonQuietly:
      return [hired, leaver('2026-06-30T17:00:00Z', { recorded: since })];
    default:
      return [hired];
  }
}

function machineOf(number: number, people: readonly Member[]): Member {
  const id = `S${String(number).padStart(3, '0')}`;
  // The owner of the last one has left, and nobody has taken it over.
  const owner = people[number === SERVICE_ACCOUNTS - 1 ? ROLES.left : PEOPLE_EACH + ((number * 7) % 40) + 10] as Member;
  return {
    id,
    number,
    kind: 'service-account',
    department: 'Engineering',
    email: '',
    facts: [
      joiner(HIRED, {
        kind: 'service-account',
        owner: owner.id,
        department: 'Engineering',
        email: undefined,
        givenName: undefined,
        familyName: undefined,
      }),
    ].map((fact) => ({ ...fact, identityId: id })),
    owner: owner.id,
    city: CITIES[0] as Place,
    homeAs: 16_509,
    homeIp: `198.18.${number}.10`,
    userAgent: 'Boto3/1.38.0 Python/3.13.0 Linux/6.1',
    credential: '',
  };
}

function agentOf(number: number, people: readonly Member[]): Member {
  const id = `A${String(number).padStart(3, '0')}`;
  const owner = people[PEOPLE_EACH * (number % DEPARTMENTS.length) + 20] as Member;
  return {
    id,
    number,
    kind: 'agent',
    department: owner.department,
    email: '',
    facts: [
      joiner(HIRED, {
        kind: 'ai-agent',
        owner: owner.id,
        endsAt: '2027-06-30',
        department: owner.department,
        email: undefined,
        givenName: undefined,
        familyName: undefined,
      }),
    ].map((fact) => ({ ...fact, identityId: id })),
    owner: owner.id,
    city: CITIES[0] as Place,
    homeAs: 16_509,
    homeIp: `198.19.${number}.10`,
    userAgent: 'mcp-client/2.1',
    credential: '',
  };
}

/** What each system calls somebody. */
export const named = {
  okta: ({ number }: Member) => `00u${number}ACME`,
  github: ({ number }: Member) => String(10_000 + number),
  chat: ({ number }: Member) => `W${number}`,
  google: ({ number }: Member) => `2000${number}`,
  center: ({ number }: Member) => `ic-${number}`,
  claude: ({ number }: Member) => `user_${number}`,
  role: ({ number }: Member) => `arn:aws:iam::111122223333:role/service-${number}`,
  iamUser: ({ number }: Member) => `arn:aws:iam::111122223333:user/service-${number}`,
  key: ({ number }: Member) => `AKIASERVICE${number}`,
  agent: ({ number }: Member) => `agent-${number}`,
};

/** Every second service account is an IAM user with a key; the others are roles. */
export function isRole({ number }: Member): boolean {
  return number % 2 === 0;
}

function accountsOf(member: Member): readonly AccountRecord[] {
  const record = (
    applicationId: string,
    accountId: string,
    userName: string,
    credentialId?: string,
  ): AccountRecord => ({
    applicationId,
    readMs: DAY_START_MS,
    revision: 1,
    account: {
      accountId,
      userName,
      enabled: true,
      grants: [],
      ...(credentialId !== undefined && { credentials: [{ credentialId, kind: 'access-key' as const }] }),
    },
  });
  if (member.kind === 'service-account') {
    return isRole(member)
      ? [record('aws', named.role(member), `service-${member.number}`)]
      : [record('aws', named.iamUser(member), `service-${member.number}`, named.key(member))];
  }
  if (member.kind === 'agent')
    return [
      record('agent-tools', named.agent(member), named.agent(member)),
      record('claude', named.agent(member), named.agent(member)),
    ];
  return [
    record('okta', named.okta(member), member.email),
    record('mail', named.google(member), member.email),
    record('chat', named.chat(member), member.email),
    record('claude', named.claude(member), member.email),
    record('github', named.github(member), `acme-${member.number}`),
    record('aws', named.center(member), member.email),
  ];
}
