// What is shown of a run, as lines of text: pure functions, so that what they say can be tested.
import type { IdentityAnswer } from '../lambdas/api/identities.ts';
import type { TaskAnswer } from '../lambdas/api/tasks.ts';
import type { FeedOutcome, HeldMistake, Leaver, SettledStep } from './feed-runner.ts';
import { dim, green, red } from './terminal.ts';
import type { Verification } from './verify-targets.ts';

const TITLE_WIDTH = 68;

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A line of the log: when, since the start, and what. */
export function timed(sinceStartMs: number, text: string): string {
  return `${dim(seconds(sinceStartMs).padStart(8))}  ${text}`;
}

export function describeStep({ step, identity, tookMs, changes }: SettledStep): string {
  const took = tookMs === undefined ? '' : seconds(tookMs);
  return `${step.title.padEnd(TITLE_WIDTH)} ${took.padStart(6)}  ${dim(describeChanges(changes, identity) ?? step.note ?? '')}`.trimEnd();
}

export function describeTask({ identityId, applicationId, steps }: TaskAnswer): string {
  const what = steps.flatMap(({ action, grant }) => (grant === undefined ? [] : `${action} ${grant}`));
  return dim(`IT attests what it did by hand for ${identityId} in ${applicationId}: ${what.join(', ')}`);
}

export function describeMistake({ events, hold }: HeldMistake): readonly string[] {
  const { holdId, count, threshold, status } = hold;
  const rule = `${count} would lose their access within the hour; from ${threshold} on they are held`;
  return [
    `${events} leavers in one delivery: accepted, and held by the mass-error guard ${dim(`(${rule})`)}`,
    `Operations drops them: nobody loses anything ${dim(`(hold ${holdId}, ${status})`)}`,
  ];
}

const CHANGES: readonly (readonly [action: string, one: string, many: string])[] = [
  ['create-account', 'account created', 'accounts created'],
  ['enable-account', 'account enabled', 'accounts enabled'],
  ['disable-account', 'account disabled', 'accounts disabled'],
  ['delete-account', 'account deleted', 'accounts deleted'],
  ['update-account', 'account updated', 'accounts updated'],
  ['grant', 'granted', 'granted'],
  ['revoke', 'revoked', 'revoked'],
  ['task-opened', 'by hand', 'by hand'],
  ['removal-proven', 'removal proven', 'removals proven'],
];

/** Undefined when nothing was changed anywhere, now or at a set time. */
function describeChanges(changes: SettledStep['changes'], { pending }: IdentityAnswer): string | undefined {
  const said = CHANGES.flatMap(([action, one, many]) => {
    const count = changes[action] ?? 0;
    if (count === 0) return [];
    return action === 'removal-proven' ? one : `${count} ${count === 1 ? one : many}`;
  });
  if (said.length > 0) return said.join(', ');
  return pending && `nothing until ${pending.at.slice(0, 16)}Z`;
}

/** One line per identity: who, and what they may now access, by application. */
export function accessTable(identities: readonly IdentityAnswer[]): readonly string[] {
  const rows = identities.map((identity) => [identity.identityId, nameOf(identity), identity.state.status] as const);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return identities.map((identity, index) => {
    const cells = (rows[index] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${cells.join('  ')}  ${describeAccess(identity)}`;
  });
}

export function describeAccess({ state, entitlements, pending, tasks }: IdentityAnswer): string {
  const open = tasks.flatMap(({ status, applicationId }) => (status === 'open' ? applicationId : []));
  const byHand = open.length === 0 ? '' : dim(` (not yet attested: ${open.join(', ')})`);
  return describeHeld(state.status, entitlements, pending) + byHand;
}

function describeHeld(
  status: IdentityAnswer['state']['status'],
  entitlements: IdentityAnswer['entitlements'],
  pending: IdentityAnswer['pending'],
): string {
  const byApplication = new Map<string, string[]>();
  for (const { entitlement, privileged, inPlace } of entitlements) {
    const [application = '', name = ''] = entitlement.split(':');
    const shown = `${name}${privileged ? '*' : ''}${inPlace ? '' : ' (missing)'}`;
    byApplication.set(application, [...(byApplication.get(application) ?? []), shown]);
  }
  const access = [...byApplication]
    .map(([application, names]) => `${application} ${names.join(', ')}`)
    .join(dim(' | '));
  switch (status) {
    case 'active':
      return access === '' ? 'nothing' : access;
    case 'suspended':
      return dim(`held, not usable: ${access}`);
    case 'pending':
      return dim(`nothing before ${pending?.at.slice(0, 10)}`);
    case 'departed':
    case 'unknown':
      return dim('nothing');
    default:
      return status satisfies never;
  }
}

/** `identities` is where to look for what leavers owned. */
export function leaverTable(leavers: readonly Leaver[], identities: readonly IdentityAnswer[]): readonly string[] {
  return leavers.map(({ identity, certificate, sinceMs }) => {
    const { applications, provenAt, certificateId } = certificate;
    const closedMs = Math.max(...applications.map(({ closedAt }) => (closedAt ? Date.parse(closedAt) : sinceMs)));
    const since = (instantMs: number) => seconds(Math.max(0, instantMs - sinceMs)).padStart(6);
    return [
      `${identity.identityId}  ${nameOf(identity).padEnd(20)}`,
      `last access possible ${since(closedMs)}`,
      `proven clean ${since(Date.parse(provenAt))}`,
      dim(`${applications.length === 1 ? '1 system' : `${applications.length} systems`}, certificate ${certificateId}`),
      ...handedOverFrom(identity.identityId, identities).map((what) => dim(what)),
    ].join('   ');
  });
}

function handedOverFrom(owner: string, identities: readonly IdentityAnswer[]): readonly string[] {
  return identities.flatMap(({ identityId, timeline }) => {
    const owners = timeline.flatMap(({ attributes }) => attributes?.owner ?? []);
    const successor = owners[owners.indexOf(owner) + 1];
    return owners.includes(owner) && successor !== undefined ? `${identityId} goes to ${successor}` : [];
  });
}

export function nameOf({ identityId, state }: IdentityAnswer): string {
  const { givenName, familyName } = state.attributes ?? {};
  return [givenName, familyName].filter((part) => part !== undefined).join(' ') || identityId;
}

export function verdict({ identities, tasksAttested, problems }: FeedOutcome): readonly string[] {
  if (problems.length === 0) {
    return [
      green(`All ${identities.length} identities are as they must be; IT attested ${tasksAttested} manual tasks.`),
    ];
  }
  return [red(`${problems.length} did not converge:`), ...problems.map((problem) => red(`  ${problem}`))];
}

export function describeVerification({ accounts, grants, differences }: Verification): readonly string[] {
  const where = 'Read in the systems themselves';
  if (differences.length === 0) {
    return [green(`${where}: ${accounts} usable accounts, ${grants} grants, each with a reason; no others.`)];
  }
  return [red(`${where}, ${differences.length} differences:`), ...differences.map((one) => red(`  ${one}`))];
}

export type QueryRow = Readonly<Record<string, unknown>>;

const ROWS_SHOWN = 12;
const CELL_WIDTH = 44;

/** The first rows of a query's answer, by those of its columns that are asked for. */
export function answerTable(rows: readonly QueryRow[], columns: readonly string[]): readonly string[] {
  if (rows.length === 0) return [dim('no rows')];
  const cells = rows.slice(0, ROWS_SHOWN).map((row) => columns.map((column) => cellOf(row[column])));
  const widths = columns.map((column, at) => Math.max(column.length, ...cells.map((each) => each[at]?.length ?? 0)));
  const line = (each: readonly string[]) =>
    each
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  const more = rows.length > ROWS_SHOWN ? [dim(`and ${rows.length - ROWS_SHOWN} more`)] : [];
  return [dim(line(columns)), ...cells.map(line), ...more];
}

function cellOf(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text;
}
