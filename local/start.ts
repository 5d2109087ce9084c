// `npm start`: the whole of Tenure on this machine. See docs/local-cloud.md, and local-cloud.ts for what is started.
import { AccessModelError } from '../lib/access-model/access-model-error.ts';
import { FEED_SOURCE } from './feed/feed.ts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { LocalCloudError } from './local-cloud-error.ts';
import { callersFolder, type Options, readOptions, USAGE, UsageError } from './options.ts';
import { OUTPUTS_FILE } from './outputs.ts';
import { watchParents } from './parents.ts';
import { planRun } from './plan.ts';
import { seconds, timed } from './report.ts';
import { findOtherRuns } from './run-folder.ts';
import { readSettingsFile } from './settings-file.ts';
import { showFeed } from './show-feed.ts';
import { bold, dim, green, print, red } from './terminal.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const NO_FEED_SOURCE = `The sample feed is posted by ${FEED_SOURCE}, which the settings' hrSources do not name: add it, or start with --empty.`;

const EVENTS = [
  '  npm run event -- joiner E2001 name="Ada Lovelace" department=Engineering title="Software Engineer" manager=E1003',
  '  npm run event -- mover E2001 department=Sales title="Account Executive" manager=E1012',
  '  npm run event -- leaver E2001 --immediate',
];

/** The mass-error guard counts the leavers of the feed's day. */
const AFTER_FEED = [
  '  After the feed the mover waits for somebody to agree, as five have just lost access: npm run event says how.',
  '  Started with --empty, nobody is asked.',
];

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

await main(optionsOrUsage()).catch(fail);

async function main({ once, empty, feed, firstPort, accessModelFolder, settingsFile }: Options): Promise<void> {
  const given = settingsFile === undefined ? {} : readSettingsFile(settingsFile);
  const plan = planRun({ accessModelFolder, given });
  const playsFeed = feed || (plan.isSample && !empty);
  if (playsFeed && !plan.hrSources.includes(FEED_SOURCE)) throw new LocalCloudError(NO_FEED_SOURCE);
  watchParents(() => void end(EXIT_FAILED));
  print(bold('Starting the local cloud: the same CDK app that you will deploy to AWS'));
  for (const key of plan.notApplied) print(dim(`the setting ${key} does not apply here`));
  cloud = await startLocalCloud({
    plan,
    firstPort,
    outputsFile: OUTPUTS_FILE,
    onStep: ({ title, tookMs }) => log(tookMs === undefined ? title : `${title} ${dim(`(${seconds(tookMs)})`)}`),
    onLost: (error) => void fail(error),
  });
  const { consoleUrl, apiUrl } = cloud.outputs;
  if (consoleUrl !== undefined) log(`${green('the console')}: ${bold(consoleUrl)}`);
  log(`${green('ready')}: ${apiUrl}`);
  const converged = !playsFeed || (await showFeed(cloud, log));
  if (once) return end(converged ? 0 : EXIT_FAILED);
  if (!playsFeed && !empty)
    print(dim('No sample feed: it is written for the sample and its own systems (--feed plays it).'));
  await explain(cloud, playsFeed);
}

async function explain({ plan, outputs, folder }: LocalCloud, playsFeed: boolean): Promise<void> {
  print();
  if (outputs.consoleUrl !== undefined) print(`${bold('Open the console:')} ${outputs.consoleUrl}`);
  print(bold(`It stays up until Ctrl-C.${plan.hrSources.length === 0 ? '' : ' In another terminal, be HR:'}`));
  if (plan.hrSources.length > 0) for (const line of EVENTS) print(line);
  if (playsFeed && plan.settings['massErrorGuard'] === undefined) for (const line of AFTER_FEED) print(dim(line));
  print(bold('and ask why somebody has what they have:'));
  print(`  curl -s -H "authorization: Bearer $(node -p 'require("./.local/outputs.json").tokens.auditor')" \\`);
  print(`    '${outputs.apiUrl}/identities/${plan.isSample ? 'E1013' : 'E2001'}'`);
  print(dim(`URLs, tokens and secrets: ${OUTPUTS_FILE}. Logs: ${folder}/logs`));
  for (const other of await findOtherRuns()) {
    print(
      dim(`Another one runs in this checkout; what is its own: TENURE_OUTPUTS=${other}/outputs.json npm run event ...`),
    );
  }
}

function optionsOrUsage(): Options {
  try {
    const options = readOptions(process.argv.slice(2), callersFolder(process.env, process.cwd()));
    if (!options.help) return options;
    print(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    process.exit(EXIT_USAGE);
  }
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
