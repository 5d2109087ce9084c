// Looks for texts that must not be somewhere, in whatever form they got there: as they are, encoded, or cut short.

/** Something that was written or said, wherever that was. */
export interface Place {
  /** What the places are counted by, e.g. `log stream`. */
  readonly kind: string;
  readonly name: string;
  readonly content: Buffer;
}

/** A text to look for, and what to call it without saying it. */
export interface Marker {
  readonly name: string;
  readonly text: string;
}

export interface Leak {
  readonly marker: string;
  readonly form: string;
  /** Kind and name of the place. */
  readonly place: string;
  /** What is around it, with the marker itself blotted out. */
  readonly context: string;
}

const CONTEXT_BYTES = 120;
/** A beginning of this length is enough of a secret to be one leak, and too much to be chance. */
const BEGINNING = 16;
const SHORTEST_BEGINNING_OF = 24;

export function findLeaks(places: Iterable<Place>, markers: readonly Marker[]): readonly Leak[] {
  const wanted = markers.map((marker) => ({ marker, forms: [...formsOf(marker.text)] }));
  const leaks: Leak[] = [];
  for (const { kind, name, content } of places) {
    for (const { marker, forms } of wanted) {
      for (const [text, form] of forms) {
        const at = content.indexOf(text);
        if (at < 0) continue;
        leaks.push({ marker: marker.name, form, place: `${kind} ${name}`, context: around(content, at, text) });
        break;
      }
    }
  }
  return leaks;
}

/** How many places of each kind, and how many bytes. */
export function tallyOf(places: Iterable<Place>): Record<string, { places: number; bytes: number }> {
  const tally: Record<string, { places: number; bytes: number }> = {};
  for (const { kind, content } of places) {
    const { places: count, bytes } = tally[kind] ?? { places: 0, bytes: 0 };
    tally[kind] = { places: count + 1, bytes: bytes + content.length };
  }
  return tally;
}

/** Text → what it is called; each text once. */
function formsOf(text: string): ReadonlyMap<string, string> {
  const escaped = JSON.stringify(text).slice(1, -1);
  const forms: readonly (readonly [form: string, text: string])[] = [
    ['as it is', text],
    ['JSON', escaped],
    ['JSON in JSON', JSON.stringify(escaped).slice(1, -1)],
    ['URL', encodeURIComponent(text)],
    ['form', String(new URLSearchParams({ '': text })).slice(1)],
    ['hexadecimal', Buffer.from(text).toString('hex')],
    ...base64Of(text),
    ...(text.length < SHORTEST_BEGINNING_OF ? [] : ([['beginning', text.slice(0, BEGINNING)]] as const)),
  ];
  return new Map(forms.map(([form, each]) => [each, form]).reverse() as [string, string][]);
}

/** What of it stays the same within the base64 of a longer text: that depends on where a group of three begins. */
function base64Of(text: string): readonly (readonly [form: string, text: string])[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((offset) => {
    const first = (3 - offset) % 3;
    const inner = bytes.subarray(first, first + Math.floor((bytes.length - first) / 3) * 3);
    const form = `base64, ${offset} in`;
    return [[form, inner.toString('base64')] as const, [form, inner.toString('base64url')] as const];
  });
}

function around(content: Buffer, at: number, text: string): string {
  const length = Buffer.byteLength(text);
  const before = content.subarray(Math.max(0, at - CONTEXT_BYTES), at).toString('utf8');
  const after = content.subarray(at + length, at + length + CONTEXT_BYTES).toString('utf8');
  return `${before}[***]${after}`;
}
