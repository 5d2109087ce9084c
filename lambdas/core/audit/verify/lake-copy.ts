// A copy of the lake's bucket, and which of the lake's objects there are in it.
import { LAKE_PREFIX, type LakePlace, lakeKey, POSITION_KEY, parseLakeKey } from '../ocsf/lake-layout.ts';
import type { Findings } from './findings.ts';
import type { LakeRow } from './lake-rows.ts';
import { type LogCopy, NoAnswerError } from './log-copy.ts';

export interface LakeCopy extends Pick<LogCopy, 'list' | 'read'> {
  /** A Parquet file, in the order of its row groups. Throws a ParquetError for what is none. */
  readonly rowGroupsIn: (bytes: Uint8Array) => AsyncIterable<RowGroup>;
}

export interface RowGroup {
  /** Each with every column that the file has. */
  readonly rows: readonly LakeRow[];
  /** Of what the file says about these rows, so that readers can skip some, what is not so. */
  readonly untrue: readonly { readonly column: string; readonly what: string }[];
}

/** It is no Parquet file, or none that can be read whole. */
export class ParquetError extends Error {
  override readonly name = 'ParquetError';
}

/** Some hundreds for each million entries and day. */
const MAXIMUM_OBJECTS = 1_000_000;
const MAXIMUM_NAMED = 5;

export class LakeInventory {
  /** Part of the log → the objects that have its rows. */
  readonly #parts = new Map<number, string[]>();
  readonly #place: LakePlace;
  readonly #others: string[] = [];
  #otherCount = 0;
  objectCount = 0;

  private constructor(place: LakePlace) {
    this.#place = place;
  }

  static async of(copy: LakeCopy, place: LakePlace, findings: Findings): Promise<LakeInventory> {
    const inventory = new LakeInventory(place);
    let count = 0;
    for await (const path of copy.list()) {
      count += 1;
      if (count > MAXIMUM_OBJECTS) throw new NoAnswerError(`more than ${MAXIMUM_OBJECTS} objects in the lake`);
      inventory.#add(path, findings);
    }
    if (inventory.#otherCount > 0) {
      const named = inventory.#others.join(', ');
      findings.remark(`${inventory.#otherCount} objects beside the lake's were not looked at: ${named}`);
    }
    return inventory;
  }

  /** In the order of their names. */
  ofPart(part: number): readonly string[] {
    return [...(this.#parts.get(part) ?? [])].sort();
  }

  get parts(): readonly number[] {
    return [...this.#parts.keys()].sort((one, other) => one - other);
  }

  #add(path: string, findings: Findings): void {
    const key = parseLakeKey(path);
    // Athena reads whatever lies in the folder of a partition.
    if (key === undefined && path.startsWith(`${LAKE_PREFIX}/`)) {
      findings.fault({ kind: 'surplus', path, message: `${path}: no object of the lake has such a name` });
    } else if (key === undefined) {
      if (path === POSITION_KEY) return;
      this.#otherCount += 1;
      if (this.#others.length < MAXIMUM_NAMED) this.#others.push(path);
    } else if (path !== lakeKey(key.name, key.eventDay, key.part, this.#place)) {
      const { accountId, region } = this.#place;
      const message = `${path} lies in another account or region than the log's, ${accountId} and ${region}`;
      findings.fault({ kind: 'partition', path, message });
    } else {
      this.#parts.set(key.part, [...(this.#parts.get(key.part) ?? []), path]);
      this.objectCount += 1;
    }
  }
}
