// `npm run docs`: writes the tables of the README, and the connectors' own, that follow from the code. A test checks that
// they are current.
import { readFileSync, writeFileSync } from 'node:fs';
import { CONNECTORS } from '../../lambdas/connectors/registry.ts';
import { matrixAsMarkdown } from './collision-matrix.ts';

export const README = new URL('../../README.md', import.meta.url);
export const CONNECTORS_README = new URL('../../lambdas/connectors/README.md', import.meta.url);

/** The README with both tables as they should be. */
export function withTables(readme: string): string {
  return replaceBetween(replaceBetween(readme, 'connectors', connectorsTable()), 'collisions', matrixAsMarkdown());
}

function connectorsTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['`connector:`', 'Reaches', 'Tested against']),
    line(['---', '---', '---']),
    ...CONNECTORS.map(({ type, title, testedAgainst }) => line([`\`${type}\``, title, testedAgainst])),
  ].join('\n');
}

/** What whoever connects a system must know: the account it needs, and what the system cannot do. */
export function connectorsReadme(): string {
  const sections = CONNECTORS.flatMap((connector) => {
    const heading = `## ${connector.type}\n\n${connector.title}. Tested against: ${connector.testedAgainst}.`;
    if (connector.kind === 'manual') return heading;
    return [
      heading,
      list('**What the account that Tenure uses needs**', connector.privileges),
      list('**What it cannot do**', connector.limits),
    ];
  });
  return ['# Connectors', 'Written by `npm run docs` from what each connector declares.', ...sections, '']
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return `${title}: nothing to say.`;
  return [`${title}\n`, ...lines.map((line) => `- ${line}`)].join('\n');
}

function replaceBetween(text: string, name: string, table: string): string {
  const pattern = new RegExp(`(<!-- ${name}:[^>]*-->\n)[^]*?(<!-- /${name} -->)`);
  if (!pattern.test(text)) throw new Error(`README.md has no place for the table of ${name}`);
  return text.replace(pattern, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}

if (import.meta.url === new URL(process.argv[1] ?? '', 'file:').href) {
  writeFileSync(README, withTables(readFileSync(README, 'utf8')));
  writeFileSync(CONNECTORS_README, connectorsReadme());
}
