// What is remembered of how an identity uses its access, so that what is new can be told from what is usual. It is bounded,
// and a record that comes late, twice or out of order leaves it as if all had come in time.

/** Moments are epoch ms; each collection has a bound, beyond which what was used longest ago is forgotten. */
export interface ActivityMemory {
  readonly version: 1;
  /** The earliest and the latest record that was remembered. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many records, about: one that comes twice long after may be counted twice. */
  readonly records: number;
  /** Application of the access model → last used. */
  readonly applications: Readonly<Record<string, number>>;
  /** `application:entitlement` → last used. */
  readonly entitlements: Readonly<Record<string, number>>;
  /** networkKey → last seen. */
  readonly networks: Readonly<Record<string, number>>;
  readonly clients: Readonly<Record<string, number>>;
  readonly methods: Readonly<Record<string, number>>;
  /** Sign-ins by where they came from, newest last. */
  readonly places: readonly RememberedPlace[];
  /** Of its own factors: resets by somebody, newest last. */
  readonly resets: readonly number[];
  /** What it was given or added to itself, newest last. */
  readonly gains: readonly RememberedGain[];
  /** Start of an hour → things read in it. */
  readonly readHours: Readonly<Record<string, number>>;
  /** Start of a day → the most that was read in an hour of it. */
  readonly readPeaks: Readonly<Record<string, number>>;
  /** Short hashes of the newest counted records, each with its time. */
  readonly counted: Readonly<Record<string, number>>;
  /** Whatever is no later than this may have been counted already, and is not counted again. */
  readonly countedFloorMs: number;
}

export interface RememberedPlace {
  readonly atMs: number;
  readonly network: string;
  readonly country?: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
}

export interface RememberedGain {
  readonly atMs: number;
  readonly what: 'grant' | 'factor' | 'key';
}

/** The same of all who do the same work (peerGroupOf): who is unlike the rest can be told by it. */
export interface PeerMemory {
  readonly version: 1;
  readonly firstMs: number;
  /** Short hashes of members, at most MAXIMUM_PEERS. */
  readonly members: readonly string[];
  /** Application → short hashes of who used it, at most 8 each. */
  readonly applications: Readonly<Record<string, readonly string[]>>;
  readonly methods: Readonly<Record<string, readonly string[]>>;
}
