// What would happen to everybody, were another access model deployed or HR to say this; nothing of it happens.
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { readHrEvent, translateHrEvent } from '../lambdas/core/hr/hr-event.ts';
import type { HoldReason } from '../lambdas/core/hr/mass-error-guard.ts';
import { mostAffected, type WhatWouldHappen, whatIf } from '../lambdas/core/hr/what-if.ts';
import type { Fact } from '../lambdas/core/identity/facts.ts';
import { toIso } from '../lambdas/core/moment.ts';
import { CommandError } from './command-error.ts';
import { modelAt, readDeployment } from './model-at.ts';
import { type PeopleFile, readPeopleFile } from './people-file.ts';
import { requireTold } from './plan-command.ts';
import { readPopulation } from './population-file.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { FORMATS } from './render-plan.ts';

const HELD = 3;
const MAXIMUM_BYTES = 64 * 1024 * 1024;
const MAXIMUM_EVENTS = 100_000;
const MAXIMUM_FAULTS = 20;
const SHOWN_PEOPLE = 20;

export async function runSimulate(args: readonly string[], { out, error }: Streams): Promise<number> {
  const options = readOptions(args, ['population', 'before', 'after', 'events', 'people', 'source', 'format']);
  const file = required(options.population, 'population', 'a file that "tenure export" wrote');
  const format = options.format ?? 'text';
  if (format !== 'text' && format !== 'json') throw new CommandError(`--format ${format}: expected text or json`);
  if ([options.before, options.events, options.people].every((one) => one === undefined))
    throw new CommandError('nothing to simulate: expected --before, the model to compare with, --events or --people');
  const deployment = readDeployment();
  const { massErrorGuard: guard, modelChange } = deployment;
  const after = modelAt(options.after ?? deployment.folder, deployment, 'after');
  const before = options.before === undefined ? after : modelAt(options.before, deployment, 'before');
  const { head, people: population } = await readPopulation(file);
  for (const model of [before, after]) requireTold(model, head, file);
  const nowMs = Date.now();
  const { source = 'simulated' } = options;
  const events = options.events === undefined ? [] : await readEvents(options.events, source, nowMs);
  const people =
    options.people === undefined
      ? NO_PEOPLE
      : await readPeopleFile({ path: options.people, source, population, withheld: head.withheld, guard, nowMs });
  const { faults, unreadableRows } = people;
  const facts = [...events, ...people.facts];
  const found = whatIf({ population, before, after, facts, unreadableRows, guard, modelChange, nowMs });
  const change = { before: before.hash, after: after.hash, exportedAt: head.exportedAt, plan: found.plan };
  out(format === 'json' ? asJson(found, change, faults) : [FORMATS.text(change), ...asText(found)].join('\n'));
  if (faults.length > 0) error(['Left out, as the import would:', ...shown(faults)].join('\n'));
  const reasons = Object.entries(found.held) as [string, HoldReason][];
  for (const [what, reason] of reasons) error(`${sentences[what]} would be held: ${describe(reason)}`);
  return reasons.length === 0 ? 0 : HELD;
}

const NO_PEOPLE: PeopleFile = { facts: [], faults: [], unreadableRows: 0 };

function shown(faults: readonly string[]): readonly string[] {
  const more = faults.length - MAXIMUM_FAULTS;
  return [...faults.slice(0, MAXIMUM_FAULTS).map((fault) => `  ${fault}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}

const sentences: Readonly<Record<string, string>> = { model: 'The changed model', events: 'What HR says' };

function describe({ rule, count, threshold }: HoldReason): string {
  return `${rule}, ${count} ${rule === 'unreadable-rows' ? 'rows' : 'identities'}, from ${threshold} on somebody has to agree`;
}

/** JSON Lines, or one JSON array, of events as HR systems post them. Throws CommandError with the place of each fault. */
async function readEvents(path: string, source: string, nowMs: number): Promise<readonly Fact[]> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new CommandError(`--events ${path}: there is no such file`);
  if (size > MAXIMUM_BYTES)
    throw new CommandError(`--events ${path}: ${size} bytes, expected at most ${MAXIMUM_BYTES}`);
  const values = eventsIn(await readFile(path, 'utf8'), path);
  if (values.length > MAXIMUM_EVENTS)
    throw new CommandError(`--events ${path}: ${values.length} events, expected at most ${MAXIMUM_EVENTS}`);
  const faults: string[] = [];
  const facts = values.flatMap(({ value, place }) => {
    const { event, faults: found = [] } = readHrEvent(value, source, '', nowMs);
    faults.push(...found.map(({ pointer, detail }) => `${place}  ${pointer} ${detail}`));
    return event === undefined ? [] : [translateHrEvent(event, source, nowMs)];
  });
  if (faults.length > 0) throw new CommandError(['The events cannot be read:', ...shown(faults)].join('\n'));
  return facts;
}

interface Placed {
  readonly value: unknown;
  readonly place: string;
}

function eventsIn(text: string, path: string): readonly Placed[] {
  if (text.trimStart().startsWith('[')) {
    const values = parse(text, path) as readonly unknown[];
    return values.map((value, index) => ({ value, place: `${path}[${index}]` }));
  }
  return text.split('\n').flatMap((line, index) => {
    const place = `${path}:${index + 1}`;
    return line.trim() === '' ? [] : [{ value: parse(line, place), place }];
  });
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`${place}  expected an event in JSON`);
  }
}

function asText({ people, suspended, resumed, atMs }: WhatWouldHappen): readonly string[] {
  const lines = mostAffected(people, SHOWN_PEOPLE).map(({ identityId, change, begun }) => {
    const names = (grants: typeof change.loses) => grants.map((one) => `${one.applicationId}:${one.entitlement}`);
    const parts = [
      ...names(change.loses).map((name) => `-${name}`),
      ...names(change.gains).map((name) => `+${name}`),
      ...begun.map((rule) => `two sides of ${rule}`),
    ];
    return `  ${identityId}  ${parts.join(' ')}`;
  });
  const violations = people.filter(({ begun }) => begun.length > 0).length;
  return [
    '',
    `At ${toIso(atMs)}, when all of it has taken effect. Two sides of a rule would come together for ${violations}.`,
    ...named('On leave, with accounts that are disabled and keep what they hold', suspended),
    ...named('Back from leave', resumed),
    ...(lines.length === 0 ? [] : ['The most affected:', ...lines]),
  ];
}

function named(what: string, identityIds: readonly string[]): readonly string[] {
  if (identityIds.length === 0) return [];
  const more = identityIds.length - SHOWN_PEOPLE;
  return [`${what}: ${identityIds.slice(0, SHOWN_PEOPLE).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

function asJson(
  { atMs, people, suspended, resumed, held }: WhatWouldHappen,
  change: Parameters<typeof FORMATS.json>[0],
  faults: readonly string[],
): string {
  const told = {
    format: 'tenure-simulation',
    version: 1,
    at: toIso(atMs),
    ...change,
    people,
    suspended,
    resumed,
    held,
    faults,
  };
  return JSON.stringify(told, undefined, 2);
}
