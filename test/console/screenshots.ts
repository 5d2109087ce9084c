// `npm run screenshots`, while `npm start` runs with its feed: the main pages, wide and on a telephone, into docs/images/console.
// It takes Debian's chromium and pngquant.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../lambdas/api/roles.ts';
import { OUTPUTS_FILE, outputsSchema } from '../../local/outputs.ts';
import { launchBrowser, type Theme, visit } from './browser.ts';

const FOLDER = join(import.meta.dirname, '../../docs/images/console');
const INBOX_MS = 70_000;
const END = new Date(Date.now() + 30 * 86_400_000).toISOString();
const WIDTHS = [1_440, 375];
/** Of the sample feed: who has several reasons, and who left. */
const PERSON = 'E1013';
const LEAVER = 'E1036';

const SHOTS: readonly (readonly [name: string, path: string, role: Role, theme?: Theme])[] = [
  ['home', '/', 'security'],
  ['team', '/', 'manager'],
  ['identity', `/people/${PERSON}`, 'security'],
  ['departure', `/people/${LEAVER}/departure`, 'auditor'],
  ['requests', '/requests', 'manager'],
  ['my-access', '/my-access', 'employee'],
  ['hr', '/hr', 'hr'],
  ['systems', '/systems', 'it'],
  ['people', '/people', 'auditor'],
  ['duties', '/duties', 'security'],
  ['entitlements', '/entitlements?id=crm%3Asales-user', 'auditor'],
  ['time-to-revoke', '/time-to-revoke', 'auditor', 'dark'],
  ['audit', '/audit', 'auditor', 'dark'],
];

const { consoleUrl, apiUrl, tokens } = outputsSchema.parse(JSON.parse(readFileSync(OUTPUTS_FILE, 'utf8')));
if (consoleUrl === undefined) throw new Error(`${OUTPUTS_FILE} names no console`);
await askForSomething();
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
  const body = JSON.stringify({
    entitlement: 'aws:billing',
    reason: 'To see what the new service costs',
    endsAt: END,
  });
  await fetch(`${apiUrl}/requests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.employee}`, 'content-type': 'application/json' },
    body,
  });
  // The inbox knows within a minute.
  await sleep(INBOX_MS);
}
