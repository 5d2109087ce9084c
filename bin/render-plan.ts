// A plan for people, for a pull request, and for programs. People are named by id alone.
import type { EntitlementChange, ModelPlan } from '../lambdas/core/access/model-plan.ts';

export interface PlannedChange {
  /** The models' hashes. */
  readonly before: string;
  readonly after: string;
  readonly exportedAt: string;
  readonly plan: ModelPlan;
}

export type Format = 'text' | 'markdown' | 'json';

export const FORMATS: Readonly<Record<Format, (change: PlannedChange) => string>> = {
  text: renderText,
  markdown: renderMarkdown,
  json: (change) => JSON.stringify({ format: 'tenure-plan', version: 1, ...change }, undefined, 2),
};

/** A comment on a pull request holds 65,536 characters. All of them are in the JSON. */
const SHOWN_IDS = 20;
const SHOWN_CHANGES = 100;
const HASH_LENGTH = 12;

function headOf({ before, after, plan }: PlannedChange): readonly string[] {
  const [from, to] = [before, after].map((hash) => hash.slice(0, HASH_LENGTH));
  const { population, losing, emptied, gaining } = plan;
  return [
    `Access model ${from} → ${to}, for ${population} identities.`,
    `${losing} would lose something, ${emptied} of them all they have. ${gaining} would gain something.`,
  ];
}

function renderText(change: PlannedChange): string {
  const { changes, closes } = change.plan;
  const lines = changes.flatMap((one) => [
    `${one.direction === 'loses' ? 'Loses' : 'Gains'} ${nameOf(one)}, ${countOf(one)}`,
    ...one.because.map(({ reason, identityIds }) => `  ${reason}: ${identityIds.join(' ')}`),
  ]);
  const closing = closesOf(closes);
  return [...headOf(change), '', ...(lines.length === 0 ? ['Nothing changes for anybody.'] : lines), ...closing].join(
    '\n',
  );
}

function renderMarkdown(change: PlannedChange): string {
  const { changes, closes } = change.plan;
  const [from = '', counts = ''] = headOf(change);
  const row = (one: EntitlementChange) =>
    one.because.map(({ reason, identityIds }) =>
      [
        '',
        one.direction === 'loses' ? '**loses**' : 'gains',
        cell(nameOf(one)),
        cell(reason),
        String(identityIds.length),
        identityIds.slice(0, SHOWN_IDS).join(' ') + (identityIds.length > SHOWN_IDS ? ' …' : ''),
        '',
      ]
        .join(' | ')
        .trim(),
    );
  const rows = changes.flatMap(row);
  const table = [
    '| | Entitlement | Because | Identities | Who |',
    '|---|---|---|---|---|',
    ...rows.slice(0, SHOWN_CHANGES),
  ];
  const left = rows.length > SHOWN_CHANGES ? [`${rows.length - SHOWN_CHANGES} more rows are in the JSON.`] : [];
  const body = rows.length === 0 ? ['Nothing changes for anybody.'] : [...table, '', ...left, ...closesOf(closes)];
  return [`### ${from}`, '', counts, '', ...body].join('\n').trimEnd();
}

function nameOf({ applicationId, entitlement, grant, privileged }: EntitlementChange): string {
  return `${applicationId}:${entitlement} (${grant}${privileged ? ', privileged' : ''})`;
}

function countOf({ because }: EntitlementChange): string {
  const count = because.reduce((sum, { identityIds }) => sum + identityIds.length, 0);
  return count === 1 ? '1 identity' : `${count} identities`;
}

function closesOf(closes: ModelPlan['closes']): readonly string[] {
  const named = Object.entries(closes).map(([id, count]) => `${id} ${count}`);
  return named.length === 0 ? [] : [`Accounts that would close: ${named.join(', ')}`];
}

/** What a system calls its groups is anybody's text. */
function cell(text: string): string {
  return text.replaceAll(/[\\|<>`*_[\]]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
