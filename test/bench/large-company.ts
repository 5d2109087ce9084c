// A company of a million: 1,000 profiles over 200 applications with 5,000 entitlements, and people whose attributes are
// spread as HR systems spread them: few kinds, many titles, an e-mail address each. Made by arithmetic alone, so that every
// run, and every engine in it, decides the same.
import type { AccessModel, AccessProfile } from '../../lambdas/core/access-model/access-model.ts';
import type { EventPattern } from '../../lambdas/core/access-model/event-pattern.ts';
import type { IdentityAttributes } from '../../lambdas/core/identity/timeline.ts';

const APPLICATIONS = 200;
const ENTITLEMENTS = 5_000;
const PER_APPLICATION = ENTITLEMENTS / APPLICATIONS;
const DEPARTMENTS = 200;
const LOCATIONS = 60;
const COMPANIES = 20;
const COST_CENTERS = 1_000;
const LEVELS = ['Junior', 'Senior', 'Principal', 'Lead', 'Head of', 'Deputy', 'Chief', 'Associate'];
const FIELDS = 40;
const ROLES = ['Engineer', 'Analyst', 'Manager', 'Clerk', 'Adviser', 'Buyer', 'Nurse', 'Controller'];
const KINDS = ['employee', 'employee', 'employee', 'employee', 'contractor', 'partner', 'service-account'] as const;

/** A whole number below the bound that looks random; the same for the same arguments. */
function pick(index: number, salt: number, bound: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % bound;
}

function pickOf<Item>(items: readonly Item[], index: number, salt: number): Item {
  return items[pick(index, salt, items.length)] as Item;
}

/** Where people sit fixes their department, company, place and cost centre, and leaves five titles. Some units are large. */
const UNITS = 8_000;

function unitOf(index: number) {
  const unit = Math.floor(pick(index, 1, UNITS) ** 2 / UNITS);
  const department = pick(unit, 2, DEPARTMENTS);
  const company = pick(unit, 3, COMPANIES);
  // A company sits in three places, and a department has five cost centres.
  return {
    unit,
    department,
    company,
    location: company * 3 + pick(unit, 4, 3),
    costCenter: 4_000 + department * 5 + (unit % 5),
  };
}

export function personOf(index: number): IdentityAttributes {
  const { unit, department, company, location, costCenter } = unitOf(index);
  const position = unit * 5 + pick(index, 6, 5);
  const kind = pickOf(KINDS, index, 5);
  const field = (department + pick(position, 7, 2)) % FIELDS;
  const role = pickOf(ROLES, position, 8);
  return {
    kind,
    givenName: `Given ${index}`,
    familyName: `Family ${pick(index, 9, 50_000)}`,
    email: `given.${index}@company-${company}.example`,
    department: `Department ${department}`,
    company: `Company ${company}`,
    location: `Location ${location}`,
    costCenter: `${costCenter}`,
    ...(kind === 'employee' && { manager: `E${pick(index, 10, 100_000)}` }),
    // One in twenty has no title.
    ...(pick(index, 11, 20) > 0 && { title: `${pickOf(LEVELS, position, 12)} Field ${field} ${role}` }),
    ...(kind === 'contractor' && { endsAt: `2027-0${1 + pick(index, 13, 9)}-01` }),
  };
}

/** Conditions of each form, and how many profiles of a thousand have it. Every engine of the comparison can say them. */
const FORMS: readonly (readonly [profiles: number, form: (index: number) => EventPattern])[] = [
  [7, (index) => ({ kind: [KINDS[index % KINDS.length] as string] })],
  [220, (index) => ({ department: [`Department ${index % DEPARTMENTS}`], kind: ['employee', 'contractor'] })],
  [
    200,
    (index) => ({
      department: [`Department ${pick(index, 21, DEPARTMENTS)}`],
      title: [{ prefix: `${pickOf(LEVELS, index, 22)} ` }, { suffix: ` ${pickOf(ROLES, index, 23)}` }],
    }),
  ],
  [
    150,
    (index) => ({
      department: [`Department ${pick(index, 24, DEPARTMENTS)}`],
      location: [`Location ${pick(index, 25, LOCATIONS)}`, `Location ${pick(index, 26, LOCATIONS)}`],
    }),
  ],
  [
    150,
    (index) => ({
      costCenter: Array.from({ length: 4 }, (_, item) => `${4_000 + pick(index, 27 + item, COST_CENTERS)}`),
    }),
  ],
  [
    100,
    (index) => ({
      location: [`Location ${index % LOCATIONS}`],
      kind: [{ 'anything-but': ['service-account', 'partner'] }],
      manager: [{ exists: true }],
    }),
  ],
  [60, (index) => ({ company: [`Company ${index % COMPANIES}`], endsAt: [{ exists: index % 2 === 0 }] })],
  [50, (index) => ({ title: [{ wildcard: `*Field ${index % FIELDS} *${pickOf(ROLES, index, 31)}` }] })],
  [20, (index) => ({ email: [{ suffix: `@company-${index % COMPANIES}.example` }], kind: ['employee'] })],
  [
    43,
    (index) => ({
      kind: [{ 'anything-but': ['service-account'] }],
      $or: [
        { department: [`Department ${pick(index, 32, DEPARTMENTS)}`], title: [{ prefix: 'Head of ' }] },
        {
          company: [`Company ${pick(index, 33, COMPANIES)}`],
          title: [{ suffix: ' Controller' }, { prefix: 'Chief ' }],
        },
      ],
    }),
  ],
];

export function largeModel(): AccessModel {
  const forms = FORMS.flatMap(([profiles, form]) => Array.from({ length: profiles }, (_, index) => form(index)));
  return {
    hash: 'bench',
    applications: Array.from({ length: APPLICATIONS }, (_, application) => ({
      id: `application-${application}`,
      name: `Application ${application}`,
      connector: 'scim',
      owner: 'E0',
      settings: {},
      entitlements: Array.from({ length: PER_APPLICATION }, (_, index) => {
        const id = `entitlement-${index}`;
        return { id, name: `Entitlement ${index}`, grant: `group-${application}-${index}`, privileged: index === 0 };
      }),
    })),
    profiles: forms.map(profileOf),
  };
}

/** Five to ten entitlements in some three applications, of which others hold some as well. */
function profileOf(when: EventPattern, index: number): AccessProfile {
  const references = Array.from({ length: 5 + pick(index, 41, 6) }, (_, item) => {
    const application = pick(index, 42 + (item % 3), APPLICATIONS);
    return `application-${application}:entitlement-${pick(index, 50 + item, PER_APPLICATION)}`;
  });
  return { id: `profile-${index}`, name: `Profile ${index}`, when, entitlements: [...new Set(references)].sort() };
}
