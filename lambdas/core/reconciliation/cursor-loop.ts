// A listing that goes in circles, however long the circle: Brent's algorithm (BIT 20, 1980). One page is marked at a
// time, after twice as many pages as before, and whoever comes to it again has gone round. Only the mark is remembered.
import { sha256Hex } from '../canonical-json.ts';

export interface CursorMark {
  /** A digest, since systems put names into their cursors. */
  readonly digest: string;
  /** Pages since then. */
  readonly pages: number;
  /** After so many pages another is marked. */
  readonly until: number;
}

/** The mark after one more page; undefined: this page was marked before, so that the listing never ends. */
export function passCursor(mark: CursorMark | undefined, cursor: string): CursorMark | undefined {
  const digest = sha256Hex(cursor).slice(0, 32);
  if (mark === undefined) return { digest, pages: 0, until: 1 };
  if (digest === mark.digest) return undefined;
  const pages = mark.pages + 1;
  return pages < mark.until ? { ...mark, pages } : { digest, pages: 0, until: mark.until * 2 };
}
