// `npm start`: the whole of Tenure on this machine. See docs/local-cloud.md, and local-cloud.ts for what is started.
import { parseArgs } from 'node:util';
import { AccessModelError } from '../lib/access-model/access-model-error.ts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { LocalCloudError } from './local-cloud-error.ts';
import { OUTPUTS_FILE } from './outputs.ts';
import { watchParents } from './parents.ts';
import { seconds, timed } from './report.ts';
import { findOtherRuns } from './run-folder.ts';
import { showFeed } from './show-feed.ts';
import { bold, dim, green, print, red } from './terminal.ts';

const USAGE = `Usage: npm start [-- --once | --empty] [--port N]

  --once    end after the feed; exit 1 if anything did not converge
  --empty   start without the feed
  --port N  the first of four ports in a row (otherwise 4566, or the next block that is free)`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Flags {
  readonly once: boolean;
  readonly empty: boolean;
  readonly firstPort: number | undefined;
}

const startedMs = performance.now();
const log = (text: string) => print(timed(performance.now() - startedMs, text));
let cloud: LocalCloud | undefined;
let ending = false;

// The AWS SDK's advice on Node versions is not for whoever reads this output.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
process.once('SIGINT', () => void end(130));
process.once('SIGTERM', () => void end(143));
process.once('SIGHUP', () => void end(129));
process.once('uncaughtException', (error) => void fail(error));
process.once('unhandledRejection', (reason) => void fail(reason));

await main(readFlags()).catch(fail);

async function main({ once, empty, firstPort }: Flags): Promise<void> {
  watchParents(() => void end(EXIT_FAILED));
  print(bold('Starting the local cloud: the same CDK app that you will deploy to AWS'));
  cloud = await startLocalCloud({
    firstPort,
    outputsFile: OUTPUTS_FILE,
    onStep: ({ title, tookMs }) => log(tookMs === undefined ? title : `${title} ${dim(`(${seconds(tookMs)})`)}`),
    onLost: (error) => void fail(error),
  });
  log(`${green('ready')}: ${cloud.outputs.apiUrl}`);
  const converged = empty || (await showFeed(cloud, log));
  if (once) return end(converged ? 0 : EXIT_FAILED);
  await explain(cloud);
}

async function explain({ outputs, folder }: LocalCloud): Promise<void> {
  print();
  print(bold('It stays up until Ctrl-C. In another terminal, be HR:'));
  print(
    '  npm run event -- joiner E2001 name="Ada Lovelace" department=Engineering title="Software Engineer" manager=E1003',
  );
  print('  npm run event -- mover E2001 department=Sales title="Account Executive" manager=E1012');
  print('  npm run event -- leaver E2001 --immediate');
  print(bold('and ask why somebody has what they have:'));
  print(`  curl -s -H "authorization: Bearer $(node -p 'require("./.local/outputs.json").tokens.auditor')" \\`);
  print(`    '${outputs.apiUrl}/identities/E1013'`);
  print(dim(`URLs, tokens and secrets: ${OUTPUTS_FILE}. Logs: ${folder}/logs`));
  for (const other of await findOtherRuns()) {
    print(
      dim(`Another one runs in this checkout; what is its own: TENURE_OUTPUTS=${other}/outputs.json npm run event ...`),
    );
  }
}

function readFlags(): Flags {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        empty: { type: 'boolean', default: false },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      print(USAGE);
      process.exit(0);
    }
    if (values.once && values.empty) throw new Error('--once ends after the feed, and --empty has none');
    return { once: values.once, empty: values.empty, firstPort: readPort(values.port) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(EXIT_USAGE);
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1024 && port <= 65_532) return port;
  throw new Error(`--port ${text}: expected a number from 1024 to 65532`);
}

async function fail(error: unknown): Promise<void> {
  // What breaks while everything is being ended breaks because of that.
  if (ending) return;
  print();
  if (error instanceof LocalCloudError) {
    print(red(error.message));
    if (error.hint !== undefined) print(error.hint);
  } else if (error instanceof AccessModelError) {
    print(red(error.message));
  } else {
    print(red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
  await end(EXIT_FAILED);
}

async function end(code: number): Promise<void> {
  ending = true;
  await cloud?.stop();
  // Whatever a start that was cut short had begun ends with this process: see processes.ts.
  process.exit(code);
}
