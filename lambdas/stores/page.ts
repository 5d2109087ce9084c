// One page of a listing.
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; pass it back for the next page. Absent: this was the last. The last page may be empty. */
  readonly next?: string | undefined;
}

export interface PageRequest {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
}
