// Plays the sample feed and shows it: each step as it happens, then who may access what, and whether it is true.
import { verifyAuditLog } from './audit-log.ts';
import { askNamedQueries } from './audit-queries.ts';
import { runFeed } from './feed-runner.ts';
import type { LocalCloud } from './local-cloud.ts';
import { readableApplications, readTargets } from './read-targets.ts';
import {
  accessTable,
  describeMistake,
  describeStep,
  describeTask,
  describeVerification,
  leaverTable,
  verdict,
} from './report.ts';
import { bold, dim, print, showProgress } from './terminal.ts';
import { verifyTargets } from './verify-targets.ts';

const MARGIN = ' '.repeat(10);

/** @param log prints a line with its time. Returns true when everything converged and is so in the systems themselves. */
export async function showFeed(cloud: LocalCloud, log: (text: string) => void): Promise<boolean> {
  let isDay = false;
  showHeading('HR reports who is already there');
  const outcome = await runFeed(cloud, {
    onOrganisation: ({ converged, all }) => showProgress(`${MARGIN}${converged} of ${all}`),
    onDay: ({ converged, all }) => {
      isDay = true;
      log(`${converged} of ${all} identities have the access of their position`);
      showHeading('A lively day', 'and how long from each event to agreement in every system');
    },
    onStep: (step) => log(describeStep(step)),
    onTask: (task) => {
      if (isDay) log(describeTask(task));
    },
    onMistake: (mistake) => {
      showHeading('HR makes a mistake', 'an export without the engineers');
      for (const line of describeMistake(mistake)) log(line);
    },
    onWaiting: (identityIds) => showProgress(`${MARGIN}waiting for ${identityIds.join(', ')}`),
  });
  const { identities, leavers, problems } = outcome;
  showHeading('Who may now access what', '(* privileged)');
  for (const line of accessTable(identities)) print(`  ${line}`);
  showHeading('Leavers', 'from the event, or the end of the contract');
  for (const line of leaverTable(leavers, identities)) print(`  ${line}`);
  const found = await readTargets(cloud.outputs, cloud.accessModel);
  const applications = readableApplications(cloud.outputs, cloud.accessModel);
  const verification = verifyTargets(identities, found, { ...cloud.accessModel, applications });
  print();
  for (const line of [...verdict(outcome), ...describeVerification(verification)]) print(line);
  const auditLog = await verifyAuditLog(cloud);
  showHeading('The audit log, sealed', `(npx tenure audit verify --log ${auditLog.folder} --lake ${auditLog.lake})`);
  for (const line of auditLog.lines) print(`  ${line}`);
  for (const { title, command, lines } of await askNamedQueries(cloud)) {
    showHeading(title, `(${command})`);
    for (const line of lines) print(`  ${line}`);
  }
  return problems.length === 0 && verification.differences.length === 0 && auditLog.isWhole;
}

function showHeading(title: string, note = ''): void {
  print();
  print(`${bold(title)} ${dim(note)}`.trimEnd());
}
