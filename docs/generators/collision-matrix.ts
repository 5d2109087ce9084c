// What two facts about one identity add up to, for every pair of kinds: the one table from which the matrix of
// docs/reference/collisions.md is made and which collision-matrix.test.ts walks. Run by itself it prints the matrix.
import { pathToFileURL } from 'node:url';

export const KINDS = ['joiner', 'mover', 'leaver', 'suspension', 'return', 'rescind', 'rehire'] as const;
export type Kind = (typeof KINDS)[number];

/** When the arriving fact takes effect, compared with the known one. The arriving one is said later in each case. */
export const TIMINGS = ['before', 'same', 'after'] as const;
export type Timing = (typeof TIMINGS)[number];

/**
 * Employed with the access that the facts before both (`as before`), the known one or the arriving one justify;
 * `on leave`: the same, but not usable. `departed` and `unknown` have none.
 */
export type Outcome = Status | `on leave, ${Status}` | 'departed' | 'unknown';
type Status = 'as before' | 'as known' | 'as arriving';
type Cell = Outcome | readonly [earlier: Outcome, otherwise: Outcome];

/** What effective time decides, and recorded time where that is equal. */
const BY_TIME: Cell = ['as known', 'as arriving'];

/** Known or in flight → arriving → outcome. */
export const MATRIX: Readonly<Record<Kind, Readonly<Record<Kind, Cell>>>> = {
  joiner: {
    joiner: BY_TIME,
    mover: 'as arriving',
    leaver: 'departed',
    suspension: 'on leave, as known',
    return: 'as known',
    rescind: 'unknown',
    rehire: BY_TIME,
  },
  mover: {
    joiner: BY_TIME,
    mover: BY_TIME,
    leaver: 'departed',
    suspension: 'on leave, as known',
    return: 'as known',
    rescind: 'as before',
    rehire: BY_TIME,
  },
  leaver: {
    joiner: ['departed', 'as arriving'],
    mover: 'departed',
    leaver: 'departed',
    suspension: 'departed',
    return: 'departed',
    rescind: 'as before',
    rehire: ['departed', 'as arriving'],
  },
  suspension: {
    joiner: ['on leave, as arriving', 'as arriving'],
    mover: 'on leave, as arriving',
    leaver: 'departed',
    suspension: 'on leave, as before',
    return: ['on leave, as before', 'as before'],
    rescind: 'as before',
    rehire: ['on leave, as arriving', 'as arriving'],
  },
  return: {
    joiner: 'as arriving',
    mover: 'as arriving',
    leaver: 'departed',
    suspension: ['as before', 'on leave, as before'],
    return: 'as before',
    rescind: 'on leave, as before',
    rehire: 'as arriving',
  },
  rescind: {
    joiner: 'unknown',
    mover: 'as before',
    leaver: 'as before',
    suspension: 'as before',
    return: 'on leave, as before',
    rescind: 'departed',
    rehire: 'departed',
  },
  rehire: {
    joiner: BY_TIME,
    mover: 'as arriving',
    leaver: ['as known', 'departed'],
    suspension: 'on leave, as known',
    return: 'as known',
    rescind: 'departed',
    rehire: BY_TIME,
  },
};

export function outcomeOf(known: Kind, arriving: Kind, timing: Timing): Outcome {
  const cell = MATRIX[known][arriving];
  if (typeof cell === 'string') return cell;
  return timing === 'before' ? cell[0] : cell[1];
}

export function matrixAsMarkdown(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['known or in flight ↓ · arrives →', ...KINDS]),
    line(['---', ...KINDS.map(() => '---')]),
    ...KINDS.map((known) => line([`**${known}**`, ...KINDS.map((arriving) => describeCell(MATRIX[known][arriving]))])),
  ].join('\n');
}

function describeCell(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  const [earlier, otherwise] = cell;
  return `effective earlier: ${earlier}; else ${otherwise}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(matrixAsMarkdown());
