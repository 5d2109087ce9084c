// RFC 6901: where in an answer something is found.

export type JsonPointer = string;

/** RFC 6901 section 3: empty, or reference tokens that each begin with `/`; a `~` is followed by 0 or 1. */
export function isJsonPointer(text: string): boolean {
  return /^(\/([^~/]|~[01])*)*$/.test(text);
}

/** The value at the pointer; undefined when there is none. Never reaches into a prototype. */
export function valueAt(pointer: JsonPointer, document: unknown): unknown {
  let value = document;
  for (const token of pointer.split('/').slice(1)) {
    // Section 4: `~1` first, so that `~01` becomes `~1` and not `/`.
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
