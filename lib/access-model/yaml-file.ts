// A YAML file that knows where each of its values stands, so that every fault can name line and column.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { canonicalJson } from '../../lambdas/core/canonical-json.ts';

/** Steps into a document, as in a zod issue: map keys and list indices. */
export type ValuePath = readonly PropertyKey[];

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface YamlFault extends Position {
  readonly message: string;
}

export interface YamlFile {
  /** Relative to the access model's directory, with `/`. */
  readonly path: string;
  /** Undefined when there are faults. */
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  /** Where the value at the path begins; for what is missing, where the nearest value around it does. */
  positionOf(path: ValuePath): Position;
  /** Where the last step's key is written, rather than its value. */
  positionOfKey(path: ValuePath): Position;
}

/** Enough for shared anchors, too few for a "billion laughs". */
const MAXIMUM_ALIASES = 100;

export function parseYamlFile(path: string, text: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults: YamlFault[] = [...document.errors, ...document.warnings].map(({ pos: [offset], message }) => ({
    ...at(offset),
    message: `YAML: ${message}`,
  }));
  const { value, fault } = faults.length === 0 ? readValue(document) : {};
  if (fault !== undefined) faults.push({ ...at(0), message: fault });
  return {
    path,
    value,
    faults,
    positionOf: (steps) => at(findNode(document, steps).value),
    positionOfKey: (steps) => at(findNode(document, steps).key),
  };
}

function readValue(document: Document.Parsed): { readonly value?: unknown; readonly fault?: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAXIMUM_ALIASES });
    // Refuses what JSON cannot say (.nan, .inf, endless nesting) here, where the file can still be named.
    canonicalJson(value);
    return { value };
  } catch (error) {
    return { fault: `YAML: ${error instanceof Error ? error.message : 'cannot be read'}` };
  }
}

/** Offsets of the value at the path and of the key it stands under, as far as the path leads. */
function findNode(document: Document.Parsed, path: ValuePath): { readonly key: number; readonly value: number } {
  let node: unknown = document.contents;
  let found = { key: offsetOf(node) ?? 0, value: offsetOf(node) ?? 0 };
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
      if (pair === undefined) return found;
      const key = offsetOf(pair.key) ?? found.value;
      found = { key, value: offsetOf(pair.value) ?? key };
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      const value = offsetOf(node);
      if (value === undefined) return found;
      found = { key: value, value };
    } else {
      return found;
    }
  }
  return found;
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
