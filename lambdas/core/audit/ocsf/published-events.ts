// What leaves Tenure for a SIEM: each entry's OCSF events as the details of events on a bus, in requests that EventBridge
// takes. An entry leaves once it has its place in the log, so that whoever receives it can have it proven.
import { decodeLogEntry } from '../log-entry.ts';
import { leafHash } from '../tlog/hashing.ts';
import { OCSF_CLASSES } from './classes.ts';
import { toOcsfEvents } from './ocsf-event.ts';

/** By which a rule tells them from whatever else is on its bus. */
export const PUBLISHED_SOURCE = 'tenure.audit';

/** EventBridge, PutEvents: entries in a request, and bytes of all of them together (262,144). */
export const MAXIMUM_REQUEST_EVENTS = 10;
export const MAXIMUM_REQUEST_BYTES = 240_000;
/** PutEvents counts the time, source and detail type as well ("Calculating Amazon EventBridge event entry size"). */
const ENVELOPE_BYTES = 200;

export interface PublishedEvent {
  /** The OCSF class's caption: "User Access Management", say. */
  readonly detailType: string;
  /** An OCSF 1.8 event, JSON. `metadata.uid` is the same whenever it is sent again. */
  readonly detail: string;
  readonly bytes: number;
}

/** Where a leaf cannot be read, by this version at least: its place alone is told, and holds up nothing. */
export const UNREADABLE = 'Unreadable Entry';

/**
 * The events of entries that were committed together.
 *
 * @param from the position of the first leaf
 */
export function publishedEvents(from: number, leaves: readonly Uint8Array[], logName: string): PublishedEvent[] {
  return leaves.flatMap((leaf, offset) => {
    const [index, leafDigest] = [from + offset, Buffer.from(leafHash(leaf)).toString('base64')];
    try {
      const sealed = { index, entry: decodeLogEntry(leaf), leafHash: leafDigest };
      return toOcsfEvents(sealed, logName).map(({ className, members }) =>
        published(OCSF_CLASSES[className].caption, members),
      );
    } catch {
      return [
        published(UNREADABLE, {
          metadata: { log_name: logName },
          unmapped: { log_index: index, leaf_hash: leafDigest },
        }),
      ];
    }
  });
}

function published(detailType: string, members: object): PublishedEvent {
  const detail = JSON.stringify(members);
  return { detailType, detail, bytes: Buffer.byteLength(detail) + ENVELOPE_BYTES };
}

/** In their order. */
export function requestsOf(events: readonly PublishedEvent[]): readonly (readonly PublishedEvent[])[] {
  const requests: PublishedEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const request = requests.at(-1);
    const isFull = request?.length === MAXIMUM_REQUEST_EVENTS || bytes + event.bytes > MAXIMUM_REQUEST_BYTES;
    if (request === undefined || isFull) {
      requests.push([event]);
      bytes = 0;
    } else {
      request.push(event);
    }
    bytes += event.bytes;
  }
  return requests;
}
