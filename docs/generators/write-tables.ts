// `npm run docs`: writes into the pages of docs/ what follows from the code, between a pair of comments that name it. A
// test checks that all of it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { settingsSchema } from '../../lib/config.ts';
import { activitySourceSettings } from './activity-sources.ts';
import { auditQuerySections } from './audit-queries.ts';
import { matrixAsMarkdown } from './collision-matrix.ts';
import { connectorSections, connectorsTable } from './connectors.ts';
import { detectionsTable } from './detections.ts';
import { operatorRoutesTable } from './operator-routes.ts';
import { pageIndex } from './page-index.ts';
import { commentsIn, settingsTable } from './settings-table.ts';

const ROOT = new URL('../../', import.meta.url);
const DEFINING_SETTINGS = [
  'lib/config.ts',
  'lambdas/core/access/settlement.ts',
  'lambdas/core/hr/mass-error-guard.ts',
  'lambdas/core/hr/population-walk.ts',
  'lambdas/core/removal/erasure.ts',
  'lambdas/core/requests/notice-settings.ts',
  'lambdas/core/signals/signal-settings.ts',
];

/** Page → name of the part → what it says. */
const GENERATED: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/decisions/README.md': { decisions: () => pageIndex(pageFile('docs/decisions/'), 'Decision') },
  'docs/reference/activity-sources.md': { settings: activitySourceSettings },
  'docs/reference/audit-queries.md': { queries: auditQuerySections },
  'docs/reference/collisions.md': { collisions: matrixAsMarkdown },
  'docs/reference/connectors.md': { connectors: connectorsTable, 'each-connector': connectorSections },
  'docs/reference/detections.md': { detections: detectionsTable },
  'docs/reference/operators-api.md': { routes: operatorRoutesTable },
  'docs/reference/settings.md': { settings: deploymentSettings },
  'docs/runbook/README.md': { runbook: () => pageIndex(pageFile('docs/runbook/'), 'Description') },
};

export const GENERATED_PAGES = Object.keys(GENERATED);

export function pageFile(page: string): URL {
  return new URL(page, ROOT);
}

/** The page with each of its generated parts as it should be. */
export function withGeneratedParts(page: string, text: string): string {
  const parts = Object.entries(GENERATED[page] ?? {});
  return parts.reduce((written, [name, generate]) => replaceBetween(page, written, name, generate()), text);
}

function deploymentSettings(): string {
  const comments = commentsIn(DEFINING_SETTINGS.map((file) => new URL(file, ROOT)));
  return settingsTable(settingsSchema, comments, { nested: true });
}

function replaceBetween(page: string, text: string, name: string, part: string): string {
  const pattern = new RegExp(`(<!-- ${name}:[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!pattern.test(text)) throw new Error(`${page} has no place for ${name}`);
  return text.replace(pattern, (_all, begin: string, end: string) => `${begin}\n${part}\n\n${end}`);
}

if (import.meta.url === new URL(process.argv[1] ?? '', 'file:').href) {
  for (const page of GENERATED_PAGES) {
    writeFileSync(pageFile(page), withGeneratedParts(page, readFileSync(pageFile(page), 'utf8')));
  }
}
