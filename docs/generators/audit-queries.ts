// The named queries as sections of a page, from their own opening comments.
import type { NamedQuery, QueryParameter } from '../../lambdas/core/audit/queries/named-query.ts';
import { namedQueries } from '../../lib/audit-queries/named-queries.ts';

export function auditQuerySections(): string {
  return namedQueries().map(sectionOf).join('\n\n');
}

function sectionOf({ name, title, purpose, fedBy, parameters, example }: NamedQuery): string {
  return [
    `### ${name}`,
    `${title} ${sentence(purpose)}`,
    `Fed by ${fedBy}`,
    ['| Option | What | Otherwise |', '|---|---|---|', ...parameters.map(rowOf)].join('\n'),
    ['```text', ...example, '```'].join('\n'),
  ].join('\n\n');
}

const KINDS: Readonly<Record<QueryParameter['kind'], string>> = {
  text: 'A text.',
  start: 'A day or an instant.',
  end: 'A day, whose end is meant, or an instant.',
  identity: 'An identity.',
  operator: 'An operator.',
};

function rowOf({ name, kind, otherwise, about }: QueryParameter): string {
  return `| \`--${name}\` | ${[KINDS[kind], about].filter(Boolean).join(' ')} | ${otherwise ?? 'to be given'} |`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
