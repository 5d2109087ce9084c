// Where a checkpoint lies with the cosignature of one witness: each under the size and the witness's key id, once.

const SIZE_DIGITS = 20;

export function witnessedPath(size: number, keyId: string): string {
  return `witnessed/${String(size).padStart(SIZE_DIGITS, '0')}/${keyId}`;
}

/** The size that it says it is of; undefined: no cosigned checkpoint lies at such a path. */
export function parseWitnessedPath(path: string): number | undefined {
  const [, size] = /^witnessed\/(\d{20})\/[0-9a-f]{8}$/.exec(path) ?? [];
  return size === undefined ? undefined : Number(size);
}
