// `tenure plan`, `tenure simulate`, `tenure insight`, `tenure export`, `tenure audit` and `tenure restore`. An exit code of 2 says that there is no answer, and why is on standard error.
import { AccessModelError } from '../lib/access-model/access-model-error.ts';
import { runAudit } from './audit-command.ts';
import { CommandError } from './command-error.ts';
import { runExport } from './export-command.ts';
import { runInsight } from './insight-command.ts';
import { runPlan } from './plan-command.ts';
import type { Streams } from './read-options.ts';
import { runRestore } from './restore-command.ts';
import { runSigma } from './sigma-command.ts';
import { runSimulate } from './simulate-command.ts';

const USAGE = `Usage: npx tenure COMMAND [OPTIONS]

  plan     what another access model would change for people, before it is deployed
           --population FILE   who there is, as "tenure export" writes it
           --before DIR        the model before; git:REF is this repository's own folder at a commit, branch or tag
           --after DIR         the model after (otherwise the folder that cdk.json names)
           --format FORMAT     text, markdown or json (otherwise text)
           --max-removals N    exit with 3 when more identities would lose something; N% is a share of them

  simulate what another access model, or what HR would say, would do to everybody; exits with 3 when the mass-error guard
           would hold it
           --population FILE, --before DIR, --after DIR   as above; before is only needed where the model changes
           --events FILE       HR events, as they would be posted: one in a line, or an array
           --people FILE       a file of everybody, CSV or JSON Lines, as it would be put for the import
           --source NAME       the HR source under which (otherwise simulated)
           --format FORMAT     text or json (otherwise text)

  insight  where the access model could be simpler, and what people keep asking for: Markdown, with a diff each that
           "git apply" takes
           --population FILE   who there is, as "tenure export" writes it
           --model DIR         the model (otherwise the folder that cdk.json names)

  export   who there is, from the operators' API to standard output
           --api URL           the API's URL
           --token-file FILE   holds a token of somebody in the group security or auditor
           --with-names        with given names, family names and e-mail addresses

  audit verify   whether a copy of the log's bucket is what was sealed; exits with 3 when it is not
           --log DIR           the copy
           --key KEY           the log's verifier key, or a file of such keys; otherwise the copy's own, which proves little
           --witness KEY       a witness's verifier key, or a file of such keys: enough of them must have cosigned
           --quorum N          how many are enough (otherwise all)
           --since WHAT        a checkpoint that you kept before, or how many entries there were
           --replica           the copy is of the replica: what is missing at its end may be on its way
           --lake DIR          a copy of the lake's bucket, made before that of the log: whether its rows are the entries
           --format FORMAT     text or json (otherwise text)

  audit query NAME   what a named query says of the log, from Athena
           --list                  the queries, and what each takes: --application github, say
           --deployment NAME       the setting stackPrefix (otherwise Tenure)
           --format FORMAT         table, csv or json (otherwise table)
           --api URL, --token-file FILE   as with export: ids are taken and told in place of pseudonyms

  audit evidence   a folder of evidence from a copy that verifies; exits with 3 when it does not
           --log DIR, --key KEY   as above
           --out DIR           a new folder
           --control IDS       CC6.1 to CC6.3, A.5.15 to A.5.18, A.8.2, AC-2, PS-4, PS-5, with commas between them
           --identity WHO      a pseudonym: entries about this identity alone
           --from, --until     a day in UTC or an instant; the second is not included
           --seed WORD         what the samples are drawn by, chosen by the auditor
           --sample N          entries of each population (otherwise 25)
           --oscal             the same as OSCAL assessment results, beside

  sigma compile   the SQL of each rule in the access model's folder sigma, beside it; docs/contributing/sigma-rule.md
           --model DIR         the access model (otherwise access-model)
           --check             write nothing, and exit with 3 where something else is there

  restore  people and their access, from a copy of the log that verifies, into an empty deployment; says first what it
           would do, and exits with 3 when the log does not verify
           --log DIR, --key KEY   as above
           --keys TABLE        pseudonyms and keys of those whom the log tells of
           --identities TABLE, --audit TABLE, --subjects TABLE   the empty deployment's
           --recovered         these are not empty, but of an earlier point in time: adds what the log has beyond it
           --activity TABLE    with --recovered: how access is used, of whatever point in time
           --carry-out         do it; again after a crash

docs/restore.md, docs/reference/model-changes.md, audit-log.md and audit-queries.md beside it say more.`;

const STANDARD: Streams = {
  out: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
};

const COMMANDS: Readonly<Record<string, (args: readonly string[], streams: Streams) => Promise<number>>> = {
  audit: runAudit,
  plan: runPlan,
  insight: runInsight,
  simulate: runSimulate,
  export: runExport,
  restore: runRestore,
  sigma: runSigma,
};

/** The exit code. */
export async function runCommand(args: readonly string[], streams: Streams = STANDARD): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '--help' || rest.includes('--help')) {
    streams.out(USAGE);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (command === undefined)
      throw new CommandError(`${name === '' ? 'no command' : `unknown command "${name}"`}\n\n${USAGE}`);
    return await command(rest, streams);
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof AccessModelError)) throw error;
    streams.error(error.message);
    return 2;
  }
}
