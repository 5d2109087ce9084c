// `npm run screenshots`, while `npm start` runs with its feed: the main pages, wide and on a telephone, into docs/images/console.
// It takes Debian's chromium and pngquant.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../lambdas/api/roles.ts';
import { OUTPUTS_FILE, outputsSchema } from '../../local/outputs.ts';
import { managerOfMost } from '../../local/tokens.ts';
import { launchBrowser, type Theme, visit } from './browser.ts';

const FOLDER = join(import.meta.dirname, '../../docs/images/console');
const INBOX_MS = 70_000;
const END = new Date(Date.now() + 30 * 86_400_000).toISOString();
const WIDTHS = [1_440, 375];
/** Of the sample feed: who has several reasons, and who left. */
const PERSON = 'E1013';
const LEAVER = 'E1004';

const { consoleUrl, apiUrl, tokens } = outputsSchema.parse(JSON.parse(readFileSync(OUTPUTS_FILE, 'utf8')));
if (consoleUrl === undefined) throw new Error(`${OUTPUTS_FILE} names no console`);
await askForSomething();
const campaignId = await openCampaign();
// The inbox, and whoever is asked, know within a minute.
await sleep(INBOX_MS);

const SHOTS: readonly (readonly [name: string, path: string, role: Role, theme?: Theme])[] = [
  ['home', '/', 'security'],
  ['team', '/', 'manager'],
  ['identity', `/people/${PERSON}`, 'security'],
  ['departure', `/people/${LEAVER}/departure`, 'auditor'],
  ['requests', '/requests', 'manager'],
  ['my-access', '/my-access', 'employee'],
  ['hr', '/hr', 'hr'],
  ['systems', '/systems', 'it'],
  ['campaigns', '/campaigns', 'manager'],
  ['campaign', `/campaigns/${campaignId}`, 'security'],
  ['desk', `/campaigns/${campaignId}/desk`, 'manager'],
  ['people', '/people', 'auditor'],
  ['duties', '/duties', 'security'],
  ['entitlements', '/entitlements?id=crm%3Asales-user', 'auditor'],
  ['time-to-revoke', '/time-to-revoke', 'auditor', 'dark'],
  ['audit', '/audit', 'auditor', 'dark'],
];

mkdirSync(FOLDER, { recursive: true });
const browser = await launchBrowser();
const files: string[] = [];
for (const width of WIDTHS) {
  for (const [name, path, role, theme = 'light'] of SHOTS) {
    const visitor = await visit(browser, consoleUrl, { role, width, theme });
    if (path !== '/') await visitor.goTo(path);
    const file = join(FOLDER, `${name}-${width}.png`);
    await visitor.page.screenshot({ path: file });
    files.push(file);
    await visitor.close();
  }
}
await browser.close();
execFileSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', '32', ...files]);
process.stdout.write(`${files.length} pictures in docs/images/console\n`);

/** So that there is something to decide on; whoever has asked before is refused, which is as good. */
async function askForSomething(): Promise<void> {
  const reason = 'To see what the new service costs';
  await post('/requests', 'employee', { entitlement: 'aws:billing', reason, endsAt: END });
}

async function openCampaign(): Promise<string> {
  const definition = {
    name: 'Access of Engineering',
    scope: { managers: [managerOfMost()] },
    stages: [{ reviewers: 'manager', days: 14 }],
  };
  const answer = await post('/review-campaigns', 'security', { definition, reason: 'The review of this quarter' });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`no campaign could be opened: ${answer.status} ${text}`);
  return (JSON.parse(text) as { readonly campaignId: string }).campaignId;
}

function post(path: string, role: Role, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${tokens[role]}`, 'content-type': 'application/json' };
  return fetch(`${apiUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}
