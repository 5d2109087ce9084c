// Where a log's objects lie, as C2SP tlog-tiles has it: `tile/<L>/<N>[.p/<W>]` for hashes, `tile/entries/<N>[.p/<W>]` for
// the entries themselves.

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
/** A tile of a level stands for 256 to the power of it: no count that a number can hold reaches beyond. */
export const MAXIMUM_LEVEL = 6;

/** What lies at a path. */
export interface TileName {
  /** Of a tile: 0 holds the leaves' hashes; `entries` is a bundle. */
  readonly level: number | 'entries';
  readonly index: number;
  /** From 1 to 256, at which it is full. */
  readonly width: number;
}

/** Throws a RangeError where there can be no such tile. */
export function tilePath(level: number, index: number, width = TILE_WIDTH): string {
  if (!Number.isInteger(level) || level < 0 || level > MAXIMUM_LEVEL) {
    throw new RangeError(`tile level ${level}: expected 0 to ${MAXIMUM_LEVEL}`);
  }
  return `tile/${level}/${numberPath(index, width)}`;
}

/** Throws a RangeError where there can be no such bundle. */
export function bundlePath(index: number, width = TILE_WIDTH): string {
  return `tile/entries/${numberPath(index, width)}`;
}

export function pathOf({ level, index, width }: TileName): string {
  return level === 'entries' ? bundlePath(index, width) : tilePath(level, index, width);
}

const PATH = /^tile\/(entries|\d)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** Undefined when nothing of a log lies at such a path. */
export function parseTilePath(path: string): TileName | undefined {
  const [, level, groups, width] = PATH.exec(path) ?? [];
  if (level === undefined || groups === undefined) return undefined;
  const name: TileName = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  // Each tile has one path: no width of 256 spelt out, no leading groups of zeros, no level beyond.
  const isLevel = name.level === 'entries' || name.level <= MAXIMUM_LEVEL;
  return isLevel && Number.isSafeInteger(name.index) && pathOf(name) === path ? name : undefined;
}

/** Section "Parameters": groups of three digits, each but the last behind an x: 1234067 is x001/x234/067. */
function numberPath(index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`tile index ${index}: expected a natural number`);
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) {
    throw new RangeError(`tile width ${width}: expected 1 to ${TILE_WIDTH}`);
  }
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const path = padded.replace(/\d{3}(?=\d)/g, 'x$&/');
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}
