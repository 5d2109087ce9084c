// Everything wrong with an access model, at once: whoever edits ten files wants one list, not ten runs.

export interface AccessModelFault {
  /** Path relative to the access model's directory, or `applicationSettings.<id>` for a deployment's setting. */
  readonly file: string;
  /** From 1; 0 when the fault is not in a file. */
  readonly line: number;
  /** From 1; 0 when the fault is not in a file. */
  readonly column: number;
  /** What is wrong, and what was expected. */
  readonly message: string;
}

export class AccessModelError extends Error {
  override readonly name = 'AccessModelError';
  /** At least one, sorted by file, line and column. */
  readonly faults: readonly AccessModelFault[];

  constructor(faults: readonly AccessModelFault[]) {
    const sorted = [...faults].sort(compareFaults);
    const count = sorted.length === 1 ? '1 fault' : `${sorted.length} faults`;
    super([`The access model has ${count}:`, ...sorted.map((fault) => `  ${formatFault(fault)}`)].join('\n'));
    this.faults = sorted;
  }
}

/** `applications/crm.yaml:12:5  unknown connector "scm"`: editors and terminals make the first part a link. */
function formatFault({ file, line, column, message }: AccessModelFault): string {
  return `${line === 0 ? file : `${file}:${line}:${column}`}  ${message}`;
}

function compareFaults(a: AccessModelFault, b: AccessModelFault): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
