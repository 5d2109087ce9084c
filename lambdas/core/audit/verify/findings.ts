// What a verification finds. A fault names what is wrong and where; so many are told, and how many more there are.

/** What is wrong. docs/reference/audit-log.md says what each means. */
export type FaultKind =
  | 'signature'
  | 'key'
  | 'witness'
  | 'origin'
  | 'checkpoint'
  | 'stale'
  | 'fork'
  | 'entry'
  | 'missing'
  | 'surplus'
  | 'bundle'
  | 'tile'
  | 'form'
  | 'duplicate'
  | 'sequence'
  | 'detail'
  | 'row'
  | 'partition'
  | 'parquet'
  | 'statistics';

export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
  /** The object that it is about. */
  readonly path?: string;
  /** The first entry that it is about, and the last if there are several. */
  readonly entry?: number;
  readonly lastEntry?: number;
  /** The size of the checkpoint that it is about. */
  readonly checkpoint?: number;
  /** The row group of an object of the lake. */
  readonly rowGroup?: number;
  /** The columns of the lake that are not what the entry says. */
  readonly columns?: readonly string[];
}

const MAXIMUM_TOLD = 100;

export class Findings {
  readonly #faults: Fault[] = [];
  readonly #remarks: string[] = [];
  #count = 0;

  fault(fault: Fault): void {
    this.#count += 1;
    if (this.#faults.length < MAXIMUM_TOLD) this.#faults.push(fault);
  }

  /** What whoever reads the answer should know, though nothing is wrong. */
  remark(remark: string): void {
    if (this.#remarks.length < MAXIMUM_TOLD) this.#remarks.push(remark);
  }

  /** Adds what another found. */
  take(other: Findings): void {
    this.#count += other.#count - other.#faults.length;
    for (const fault of other.#faults) this.fault(fault);
    for (const remark of other.#remarks) this.remark(remark);
  }

  /** Whether another fault would be told: what it takes to name it is spared otherwise. */
  get hasRoom(): boolean {
    return this.#faults.length < MAXIMUM_TOLD;
  }

  get faults(): readonly Fault[] {
    return this.#faults;
  }

  get remarks(): readonly string[] {
    return this.#remarks;
  }

  /** Of all faults, told or not. */
  get count(): number {
    return this.#count;
  }
}
