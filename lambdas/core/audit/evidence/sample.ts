// A sample that an auditor draws: by a seed of their own choice, and so that they can draw it again with a hash alone.
import { sha256Hex } from '../../canonical-json.ts';

/** How it is drawn, as the evidence says it. */
export const SAMPLING =
  'the entries with the smallest SHA-256 of "<seed> <population> <entry id>" (UTF-8, hexadecimal), which anybody works out again';

/** By their ranks, the smallest first; all of them where there are fewer. An entry with several rows is drawn once. */
export function drawSample<Row extends { readonly id: string }>(
  rows: readonly Row[],
  { seed, population, size }: { readonly seed: string; readonly population: string; readonly size: number },
): readonly Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...byId.values()]
    .map((row) => ({ row, rank: sha256Hex(`${seed} ${population} ${row.id}`) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .slice(0, size)
    .map(({ row }) => row);
}
