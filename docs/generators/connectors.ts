// The connectors' reference: what each reaches, needs, can be told and cannot do, from what it declares.
import { readdirSync, readFileSync } from 'node:fs';
import type { Connector } from '../../lambdas/connectors/contract/connector.ts';
import { CONNECTORS } from '../../lambdas/connectors/registry.ts';
import { commentsIn, settingsTable } from './settings-table.ts';

const FOLDER = new URL('../../lambdas/connectors/', import.meta.url);

export function connectorsTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['`connector:`', 'Reaches', 'Tested against']),
    line(['---', '---', '---']),
    ...CONNECTORS.map(({ type, title, testedAgainst }) => line([`[\`${type}\`](#${type})`, title, testedAgainst])),
  ].join('\n');
}

/** What whoever connects a system must know. */
export function connectorSections(): string {
  return CONNECTORS.map(sectionOf).join('\n\n');
}

function sectionOf(connector: Connector): string {
  const { type, title, testedAgainst, settings, secret, privileges = [], limits = [] } = connector;
  const comments = commentsIn(sourcesOf(type));
  return [
    `## ${type}`,
    `${title}. Tested against: ${testedAgainst}.`,
    `**Settings**\n\n${settingsTable(settings, comments, { nested: false })}`,
    `**Secret**: ${secret === undefined ? 'none.' : keysOf(secret)}`,
    ...list('**What the account that Tenure uses needs**', privileges),
    ...list('**What it cannot do**', limits),
  ].join('\n\n');
}

function keysOf(secret: NonNullable<Connector['secret']>): string {
  const alternatives = 'options' in secret ? (secret.options as readonly Connector['secret'][]) : [secret];
  const objects = alternatives.map((one) => Object.keys((one as { shape?: object } | undefined)?.shape ?? {}));
  return `${objects.map((keys) => `\`${JSON.stringify(Object.fromEntries(keys.map((key) => [key, '...'])))}\``).join(' or ')}.`;
}

function list(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [[`${title}\n`, ...lines.map((line) => `- ${line}`)].join('\n')];
}

/** The connector's file, and those with settings that it imports; the contract describes other things by such names. */
function sourcesOf(type: string): readonly URL[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const own = files.map((name) => new URL(name, FOLDER)).find((file) => declares(file, type));
  if (own === undefined) throw new Error(`no file under lambdas/connectors/ declares the type ${type}`);
  const imported = [...readFileSync(own, 'utf8').matchAll(/from '(\.[^']+)'/g)].map(
    ([, path]) => new URL(path ?? '', own),
  );
  return [
    own,
    ...imported.filter((file) => file.href.startsWith(FOLDER.href) && !file.href.includes('/contract/connector.ts')),
  ];
}

function declares(file: URL, type: string): boolean {
  return new RegExp(`^  type: '${type}'`, 'm').test(readFileSync(file, 'utf8'));
}
