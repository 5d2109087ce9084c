// Reads organisation.yaml: who works at the sample company before the feed's first event.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { attributesSchema, type IdentityKind, identityIdSchema } from '../../lambdas/core/identity/attributes.ts';

const { title, department, company, location, timeZone, costCenter, kind, purpose } = attributesSchema.shape;

const memberSchema = z.strictObject({
  id: identityIdSchema,
  kind: kind.default('employee'),
  name: z.string().regex(/^\S+ \S.*$/, 'expected a given and a family name'),
  title,
  department,
  manager: identityIdSchema.optional(),
  owner: identityIdSchema.optional(),
  purpose: purpose.optional(),
  company: company.optional(),
  location: location.optional(),
  timeZone: timeZone.optional(),
  costCenter: costCenter.optional(),
  joinedDaysAgo: z.int().min(1),
  endsInDays: z.int().min(1).optional(),
});

const organisationSchema = z.strictObject({
  defaults: z.strictObject({ company, location, timeZone }),
  departments: z.record(z.string(), z.strictObject({ costCenter })),
  people: z.array(memberSchema),
  machines: z.array(memberSchema),
});

type WrittenMember = z.infer<typeof memberSchema>;

/** A member of the organisation, with everything left out in the YAML filled in. */
export interface Member {
  readonly id: string;
  readonly kind: IdentityKind;
  readonly givenName: string;
  readonly familyName: string;
  /** Machines have none. */
  readonly email: string | undefined;
  readonly title: string;
  readonly department: string;
  readonly manager: string | undefined;
  readonly owner: string | undefined;
  /** What a machine is for. */
  readonly purpose?: string | undefined;
  readonly company: string;
  readonly location: string;
  readonly timeZone: string;
  readonly costCenter: string;
  readonly joinedDaysAgo: number;
  readonly endsInDays: number | undefined;
}

/** Everybody and everything, managers and owners first. */
export function loadOrganisation(): readonly Member[] {
  const text = readFileSync(new URL('./organisation.yaml', import.meta.url), 'utf8');
  const { defaults, departments, people, machines } = organisationSchema.parse(parse(text));
  const complete = (member: WrittenMember, email: string | undefined): Member => {
    const { name, owner, manager, endsInDays, ...rest } = member;
    const [givenName = '', ...familyNames] = name.split(' ');
    const standard = departments[member.department];
    if (standard === undefined) throw new Error(`${member.id}: no such department: ${member.department}`);
    return {
      ...rest,
      givenName,
      familyName: familyNames.join(' '),
      email,
      manager,
      owner,
      company: member.company ?? defaults.company,
      location: member.location ?? defaults.location,
      timeZone: member.timeZone ?? defaults.timeZone,
      costCenter: member.costCenter ?? standard.costCenter,
      endsInDays,
    };
  };
  return [
    ...people.map((person) => complete(person, emailOf(person.name))),
    ...machines.map((machine) => complete(machine, undefined)),
  ];
}

/** `Katrin Schäfer` → `katrin.schaefer@acme.example`; .example is reserved by RFC 2606, so no mail ever leaves. */
export function emailOf(name: string): string {
  const umlauts: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };
  const ascii = name
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => umlauts[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '');
  return `${ascii.replaceAll(' ', '.')}@acme.example`;
}
