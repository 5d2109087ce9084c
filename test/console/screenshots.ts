// `npm run screenshots`, while `npm start` runs with its feed: the main pages, wide and on a telephone, into docs/images/console.
// It takes Debian's chromium and pngquant.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../../lambdas/api/roles.ts';
import { OUTPUTS_FILE, outputsSchema } from '../../local/outputs.ts';
import { launchBrowser, type Theme, visit } from './browser.ts';

const FOLDER = join(import.meta.dirname, '../../docs/images/console');
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
  ['tasks', '/tasks', 'it'],
  ['holds', '/holds', 'operations'],
  ['entitlements', '/entitlements?id=crm%3Asales-user', 'auditor'],
  ['time-to-revoke', '/time-to-revoke', 'auditor', 'dark'],
  ['audit', '/audit', 'auditor', 'dark'],
];

const { consoleUrl } = outputsSchema.parse(JSON.parse(readFileSync(OUTPUTS_FILE, 'utf8')));
if (consoleUrl === undefined) throw new Error(`${OUTPUTS_FILE} names no console`);
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
