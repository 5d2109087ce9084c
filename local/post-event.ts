// `npm run event`: posts one event to the local cloud that runs, as HR would, and shows what came of it.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { IdentityAnswer } from '../lambdas/api/identities.ts';
import { emailOf } from './feed/organisation.ts';
import { postEvent, RefusedEventError } from './hr-client.ts';
import { OperatorsApi } from './operators-api.ts';
import { hrSourceOf, OUTPUTS_FILE, type Outputs, outputsSchema } from './outputs.ts';
import { describeAccess, nameOf, seconds } from './report.ts';
import { bold, dim, print, red } from './terminal.ts';

const USAGE = `Usage: npm run event -- TYPE IDENTITY [ATTRIBUTE=VALUE ...] [options]

  TYPE is joiner, mover, leaver, suspension, return or rescind; ATTRIBUTE is one of the contract's
  (kind, title, department, manager, location, endsAt, ...); name="Ada Lovelace" stands for
  givenName, familyName and email.

  --at MOMENT      when it takes effect: a date or a date-time (otherwise now)
  --immediate      a leaver: now, whatever the date
  --successor ID   a leaver: who takes over what they own
  --reason TEXT    a leaver, suspension or rescind
  --rescinds ID    a rescind: the id of the event that is taken back
  --source ID      which HR source reports it (otherwise acme-hr, or the first of hrSources)`;

const WATCH_MS = 60_000;
const POLL_MS = 200;

async function main(): Promise<void> {
  const { source, ...written } = readEvent();
  const outputs = readOutputs();
  const hr = hrSourceOf(outputs, source);
  const event = { ...written, source: `/hr/${hr.id}` };
  const startedMs = Date.now();
  const { version, held } = await postEvent(hr, event);
  print(`202 accepted: event ${bold(event.id)}, ${event.subject} is now at version ${version}`);
  if (held !== undefined) return print(decision(held));
  const api = new OperatorsApi(outputs.apiUrl, () => outputs.tokens);
  const identity = await settled(api, event.subject, version);
  const { state, pending, tasks, escalation, removal } = identity;
  const took = seconds(Date.now() - startedMs);
  print(`${event.subject}  ${nameOf(identity)}  ${state.status}  ${describeAccess(identity)}`);
  if (pending !== undefined) print(dim(`next: ${pending.stage} at ${pending.at}`));
  for (const { status, taskId } of tasks) if (status === 'open') print(attestation(taskId));
  for (const { applicationId, error } of escalation?.failed ?? []) print(red(`${applicationId}: ${error}`));
  if (removal?.residualUntil !== undefined) {
    print(`access is gone; what nobody can take back ends by ${removal.residualUntil}, and is proven then`);
  }
  if (removal?.provenAt !== undefined) print(`removal proven: GET /certificates/${removal.certificateId}`);
  print(dim(identity.converged ? `every system agrees, after ${took}` : `not every system agrees yet, after ${took}`));
}

/** To be pasted: decides, as operations, about what the mass-error guard held. */
function decision(holdId: string): string {
  const outputs = `require("${OUTPUTS_FILE}")`;
  return [
    `${bold('held')} by the mass-error guard: too many would lose their access within an hour. It has no effect until`,
    'somebody releases it, as security or operations (or drops it: /drop); --immediate is never held:',
    `  curl -s -X POST -d '{"reason":"they do leave"}' -H "authorization: Bearer $(node -p '${outputs}.tokens.operations')" \\`,
    `    "$(node -p '${outputs}.apiUrl')/holds/${holdId}/release"`,
  ].join('\n');
}

/** To be pasted: says, as IT, that a manual task was carried out. */
function attestation(taskId: string): string {
  const outputs = `require("${OUTPUTS_FILE}")`;
  return [
    `${bold('a person must attest')}, as IT:`,
    `  curl -s -X POST -d '{"outcome":"done"}' -H "authorization: Bearer $(node -p '${outputs}.tokens.it')" \\`,
    `    "$(node -p '${outputs}.apiUrl')/tasks/${taskId}/attestation"`,
  ].join('\n');
}

/** As it is once every system agrees, or a minute later. */
async function settled(api: OperatorsApi, identityId: string, version: number): Promise<IdentityAnswer> {
  for (const deadline = Date.now() + WATCH_MS; ; ) {
    const identity = await api.findIdentity(identityId);
    if (identity === undefined) throw new Error(`${identityId} is not known`);
    const waiting = identity.tasks.some(({ status }) => status === 'open');
    const { removal, state } = identity;
    const proven =
      state.status !== 'departed' || removal?.provenAt !== undefined || removal?.residualUntil !== undefined || waiting;
    const done = identity.converged && identity.version >= version && proven;
    if (done || identity.escalation !== undefined || Date.now() > deadline) return identity;
    await sleep(POLL_MS);
  }
}

function readEvent() {
  const options = {
    at: { type: 'string' },
    immediate: { type: 'boolean' },
    successor: { type: 'string' },
    reason: { type: 'string' },
    rescinds: { type: 'string' },
    source: { type: 'string' },
  } as const;
  try {
    const { positionals, values } = parseArgs({ options, allowPositionals: true });
    const [type, subject, ...pairs] = positionals;
    if (type === undefined || subject === undefined) throw new Error('a type and an identity are needed');
    const { at, source, ...rest } = values;
    const now = new Date().toISOString();
    const dated = type !== 'rescind' && !rest.immediate;
    const data = {
      ...(dated && { effectiveAt: at ?? now }),
      ...rest,
      ...((type === 'joiner' || type === 'mover') && { attributes: readAttributes(type, pairs) }),
    };
    const id = `by-hand-${now.replaceAll(/[-:.]/g, '')}`;
    return { specversion: '1.0', id, source, type: `jml.${type}`, subject, time: now, data };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

function readAttributes(type: string, pairs: readonly string[]): Record<string, string | null> {
  const written = Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) throw new Error(`expected ATTRIBUTE=VALUE, not ${pair}`);
      return [name, value === 'null' ? null : value];
    }),
  );
  const { name, ...attributes } = written;
  const [givenName = '', ...familyNames] = name?.split(' ') ?? [];
  return {
    ...(type === 'joiner' && { kind: 'employee' }),
    ...(name && { givenName, familyName: familyNames.join(' '), email: emailOf(name) }),
    ...attributes,
  };
}

function readOutputs(): Outputs {
  try {
    return outputsSchema.parse(JSON.parse(readFileSync(OUTPUTS_FILE, 'utf8')));
  } catch {
    throw new Error('No local cloud runs in this checkout: npm start');
  }
}

main().catch((error: unknown) => {
  if (error instanceof RefusedEventError) {
    print(red(`refused with ${error.status}:`));
    print(JSON.stringify(error.problem, null, 2));
  } else {
    const refused = error instanceof Error && error.message === 'fetch failed';
    print(red(refused ? 'The local cloud no longer runs: npm start' : String(error)));
  }
  process.exitCode = 1;
});
