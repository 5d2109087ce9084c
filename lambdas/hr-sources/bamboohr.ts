// BambooHR: webhooks that say who changed (event-based, or field-based, whose values are not used), and the API that is
// then asked who they are now. There is no event of a termination: the status is read back.
// https://documentation.bamboohr.com/docs/webhooks, /docs/list-of-field-names, /reference/get-employee
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { type Fault, InvalidInputError, NotFoundError, PermanentError } from '../core/errors.ts';
import { faultsOf } from '../core/faults.ts';
import { readSnapshot } from '../core/hr/person-snapshot.ts';
import { timeZoneSchema } from '../core/identity/attributes.ts';
import { answerParser } from '../outbound/answer-parser.ts';
import { isEqualText } from '../outbound/constant-time.ts';
import { HttpClient } from '../outbound/http-client.ts';
import { Remembered } from '../outbound/remembered.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import {
  type ChangedReading,
  type HrConnection,
  type HrSource,
  type HrSystem,
  MAXIMUM_CHANGED,
  type ReceivedDelivery,
  type SignedDelivery,
  TooManyItemsError,
} from './hr-source.ts';

/** "Security": a request whose timestamp is older is not to be taken; five minutes either way, as for other sources. */
const TOLERANCE_MS = 5 * 60_000;
/** Unix time in seconds, as the header has it. */
const TIMESTAMP = /^[1-9]\d{0,11}$/;
const SIGNATURE = /^[0-9a-f]{64}$/;
const MAXIMUM_KEYS = 10;

const fieldSchema = z.string().regex(/^[A-Za-z0-9_.]{1,64}$/, 'expected the name of a BambooHR field');

const settingsSchema = z
  .strictObject({
    /** `acme` of `acme.bamboohr.com`. */
    companyDomain: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'expected the part before .bamboohr.com')
      .optional(),
    /** In place of the address that follows from the company's domain. */
    baseUrl: webAddressSchema.optional(),
    /** The field that is the identity's id for life. */
    identityId: z.enum(['employeeNumber', 'id']).default('employeeNumber'),
    /** Before every identity id: tells the employees of one tenant from those of another. */
    identityIdPrefix: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$/, 'expected 1 to 16 letters, digits or . _ -')
      .optional(),
    /** Where each attribute is found. An attribute without a field is not told. */
    fields: z
      .strictObject({
        givenName: fieldSchema.default('firstName'),
        familyName: fieldSchema.default('lastName'),
        email: fieldSchema.default('workEmail'),
        title: fieldSchema.default('jobTitle'),
        department: fieldSchema.default('department'),
        location: fieldSchema.default('location'),
        company: fieldSchema.optional(),
        costCenter: fieldSchema.optional(),
        timeZone: fieldSchema.optional(),
        endsAt: fieldSchema.optional(),
      })
      .prefault({}),
    /** Employment status, as the company calls it → kind. Not listed: employee. */
    kinds: z.record(z.string().min(1).max(100), z.enum(['employee', 'contractor', 'partner'])).default({}),
    /** Employment statuses of those who are on leave and must not get in. */
    suspended: z.array(z.string().min(1).max(100)).max(50).default([]),
    /** Where a date begins and ends, for those whose location says nothing else. */
    timeZone: timeZoneSchema.optional(),
    /** Location, as the company calls it → time zone. */
    timeZones: z.record(z.string().min(1).max(200), timeZoneSchema).default({}),
  })
  .superRefine(({ companyDomain, baseUrl }, context) => {
    if (companyDomain !== undefined || baseUrl !== undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['companyDomain'],
      message: 'expected one, or a baseUrl',
      input: undefined,
    });
  });
export type BambooHrSettings = z.infer<typeof settingsSchema>;

const secretSchema = z.strictObject({
  /** Of a user who may see every employee and every field that is mapped. */
  apiKey: z.string().min(1).max(200),
  /** The private keys of the webhooks, each shown once; of a webhook that is replaced, the old beside the new. */
  webhookKeys: z.array(z.string().min(1).max(200)).min(1).max(MAXIMUM_KEYS),
});

export const bambooHr: HrSource<BambooHrSettings> = {
  type: 'bamboohr',
  settings: settingsSchema,
  secret: 'issued',
  mediaTypes: ['application/json'],
  authenticate,
  read: readChanged,
  connect: (connection) => new BambooHr(connection),
};

/** "Security": hex HMAC-SHA256 over the body and then the timestamp. */
function authenticate({ body, headers }: SignedDelivery, secrets: readonly string[], nowMs: number): boolean {
  const timestamp = headers['x-bamboohr-timestamp'] ?? '';
  const given = headers['x-bamboohr-signature'] ?? '';
  if (!TIMESTAMP.test(timestamp) || !SIGNATURE.test(given)) return false;
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > TOLERANCE_MS) return false;
  // A timestamp and a body that ends in digits are told apart by the body being JSON: it ends with a brace.
  const keys = secrets.flatMap((secret) => readSecretText(secret)?.webhookKeys ?? []);
  const expected = keys.map((key) => createHmac('sha256', key).update(body).update(timestamp).digest('hex'));
  // Every key is compared, whichever matches: how long it takes tells nothing.
  return expected.map((one) => isEqualText(one, given)).includes(true);
}

/** Undefined for one that nobody has put in yet. */
function readSecretText(text: string): z.infer<typeof secretSchema> | undefined {
  try {
    return secretSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Employee ids, as text or number. 0 stands for whoever the API key belongs to, so that it is nobody's. */
const employeeIdSchema = z
  .union([z.string(), z.int()])
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,11}$/, 'expected the id of an employee'));

/** `employee.*` ("Event-Based Webhooks"). */
const eventSchema = z.looseObject({
  type: z.enum(['employee.created', 'employee.updated', 'employee.deleted']),
  data: z.looseObject({ employeeId: employeeIdSchema }),
});
/** `employee_with_fields.*` ("Field-Based Webhooks"). Names of fields there are the company's own: only the ids are read. */
const fieldBasedSchema = z.looseObject({
  employees: z.array(z.looseObject({ id: employeeIdSchema })).min(1),
});

function readChanged({ body }: ReceivedDelivery): ChangedReading {
  const value = readJson(body);
  const isFieldBased = typeof value === 'object' && value !== null && 'employees' in value;
  return { kind: 'changed', personIds: isFieldBased ? readFieldBased(value) : [readEvent(value)] };
}

function readEvent(value: unknown): string {
  const { data, error } = eventSchema.safeParse(value);
  if (data === undefined) throw invalid(faultsOf(error, ''));
  return data.data.employeeId;
}

function readFieldBased(value: { readonly employees?: unknown }): readonly string[] {
  if (Array.isArray(value.employees) && value.employees.length > MAXIMUM_CHANGED) {
    throw new TooManyItemsError(`a delivery names at most ${MAXIMUM_CHANGED} employees`);
  }
  const { data, error } = fieldBasedSchema.safeParse(value);
  if (data === undefined) throw invalid(faultsOf(error, ''));
  return [...new Set(data.employees.map(({ id }) => id))];
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid([{ pointer: '', detail: 'expected JSON (RFC 8259)' }]);
  }
}

function invalid(faults: readonly Fault[]): InvalidInputError {
  return new InvalidInputError('The webhook is not as BambooHR describes it.', faults);
}

/** Fields that are none of an attribute's. */
const OWN_FIELDS = ['id', 'employeeNumber', 'status', 'employmentHistoryStatus', 'hireDate', 'terminationDate'];
const MANAGER_FIELD = 'supervisorEId';

/** Absent: the API key may not see it. The API says so of no field, it leaves it out. */
const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]).optional().catch(null);
const employeeSchema = z.record(z.string(), valueSchema);
type Employee = z.infer<typeof employeeSchema>;

const parseAnswer = answerParser('BambooHR');

class BambooHr implements HrSystem {
  readonly #settings: BambooHrSettings;
  readonly #client: HttpClient;
  /** Employee id → identity id, of managers. */
  readonly #managers = new Remembered<string>();

  constructor({ settings, secret, callTimeoutMs }: HrConnection<BambooHrSettings>) {
    this.#settings = settings;
    const keys = readSecretText(secret);
    if (keys === undefined) {
      throw new PermanentError('BambooHR: the secret must be JSON with apiKey and a list of webhookKeys');
    }
    this.#client = new HttpClient({
      system: 'BambooHR',
      baseUrl: settings.baseUrl ?? `https://${settings.companyDomain}.bamboohr.com`,
      // "Authentication": the key is the user, the password is any text.
      headers: { authorization: `Basic ${Buffer.from(`${keys.apiKey}:x`).toString('base64')}` },
      callTimeoutMs,
    });
  }

  async readPerson(personId: string) {
    const fields = [...OWN_FIELDS, MANAGER_FIELD, ...Object.values(this.#settings.fields)];
    const employee = await this.#readEmployee(personId, fields);
    return employee && readSnapshot(await this.#snapshotOf(employee));
  }

  /** Undefined: 404, there is none of that id. */
  async #readEmployee(employeeId: string, fields: readonly (string | undefined)[]): Promise<Employee | undefined> {
    try {
      const answer = await this.#client.send({
        method: 'GET',
        path: '/api/v1/employees/{id}',
        parameters: { id: employeeId },
        query: { fields: [...new Set(fields)].join(','), onlyCurrent: 'true' },
      });
      return parseAnswer(employeeSchema, answer);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  async #snapshotOf(employee: Employee) {
    const identityId = this.#identityIdOf(employee);
    const status = textOf(employee, 'status');
    const leavesAt = dateOf(employee, 'terminationDate');
    const hireDate = dateOf(employee, 'hireDate');
    const told = { ...(typeof hireDate === 'string' && { effectiveAt: hireDate }) };
    if (status === 'Inactive') {
      // Who has left may be told without a name or an address.
      return { identityId, employment: { status: 'ended', leavesAt }, attributes: {} };
    }
    if (status !== 'Active') throw new PermanentError('BambooHR: expected the field status to be Active or Inactive');
    const suspended = this.#settings.suspended.includes(textOf(employee, 'employmentHistoryStatus') ?? '');
    return {
      identityId,
      ...told,
      employment: { status: suspended ? 'suspended' : 'employed', leavesAt },
      attributes: await this.#attributesOf(employee),
    };
  }

  #identityIdOf(employee: Employee): string {
    const { identityId, identityIdPrefix = '' } = this.#settings;
    const id = textOf(employee, identityId);
    if (id === undefined)
      throw new PermanentError(`BambooHR: an employee has no ${identityId}, which is the identity id`);
    return `${identityIdPrefix}${id}`;
  }

  async #attributesOf(employee: Employee) {
    const { fields, kinds, timeZone, timeZones } = this.#settings;
    const employmentStatus = textOf(employee, 'employmentHistoryStatus') ?? '';
    const { endsAt, ...texts } = fields;
    const told = Object.entries(texts).flatMap(([name, field]) => {
      const value = field === undefined ? undefined : textOf(employee, field);
      return value === undefined ? [] : [[name, value] as const];
    });
    const location = textOf(employee, fields.location) ?? '';
    const zone = own(timeZones, location) ?? timeZone;
    const end = endsAt === undefined ? undefined : dateOf(employee, endsAt);
    const manager = await this.#managerOf(employee);
    return {
      kind: own(kinds, employmentStatus) ?? 'employee',
      ...(zone !== undefined && { timeZone: zone }),
      ...(end !== undefined && { endsAt: end }),
      ...(manager !== undefined && { manager }),
      ...Object.fromEntries(told),
    };
  }

  /** Null: has none; undefined: not told, or somebody whom BambooHR does not know either. */
  async #managerOf(employee: Employee): Promise<string | null | undefined> {
    if (!Object.hasOwn(employee, MANAGER_FIELD)) return undefined;
    const employeeId = textOf(employee, MANAGER_FIELD);
    if (employeeId === undefined || employeeId === '0') return null;
    return await this.#managers.get(employeeId, async () => {
      if (this.#settings.identityId === 'id') return this.#identityIdOf({ id: employeeId });
      const found = await this.#readEmployee(employeeId, ['id', 'employeeNumber']);
      return found && textOf(found, 'employeeNumber') !== undefined ? this.#identityIdOf(found) : undefined;
    });
  }
}

function textOf(employee: Employee, field: string): string | undefined {
  const value = Object.hasOwn(employee, field) ? employee[field] : undefined;
  const text = value === undefined || value === null ? '' : String(value).trim();
  return text === '' ? undefined : text;
}

/** Null: there is none, which BambooHR writes as nothing or as a date of zeros. Undefined: not told. */
function dateOf(employee: Employee, field: string): string | null | undefined {
  if (!Object.hasOwn(employee, field)) return undefined;
  const text = textOf(employee, field);
  return text === undefined || text.startsWith('0000-') ? null : text;
}

function own<Value>(map: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
