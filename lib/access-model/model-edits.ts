// Changes of the access model's files as people would make them: single lines, with all comments left where they are, told as a
// unified diff that `git apply` takes. An edit that would say anything else than it should is not offered.
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { canonicalJson } from '../../lambdas/core/canonical-json.ts';

/** A file of the model: where it is from the repository's root, and its text. */
export interface ModelFile {
  readonly path: string;
  readonly text: string;
}

/** Lines of a file in place of others. */
interface Splice {
  /** From 0. */
  readonly line: number;
  readonly removed: number;
  readonly added: readonly string[];
}

/** Of one file; a file that is new has no text before, and one that goes none after. */
export interface FileEdit {
  readonly path: string;
  readonly splices: readonly Splice[] | 'remove';
  readonly before: string | undefined;
}

interface WrittenProfile {
  readonly file: ModelFile;
  readonly list: YAMLSeq;
  readonly profile: YAMLMap;
  readonly index: number;
  readonly lineOf: (offset: number) => number;
}

const CONTEXT = 3;

/** Undefined: it is not written in one of the files as a list of profiles in block style. */
function findProfile(files: readonly ModelFile[], id: string): WrittenProfile | undefined {
  for (const file of files) {
    const lineCounter = new LineCounter();
    const document = parseDocument(file.text, { lineCounter, prettyErrors: false });
    const list = document.get('profiles');
    if (!isSeq(list) || list.flow === true) continue;
    const index = list.items.findIndex((item) => isMap(item) && item.get('id') === id);
    const profile = list.items[index];
    if (!isMap(profile) || profile.flow === true) continue;
    return { file, list, profile, index, lineOf: (offset) => lineCounter.linePos(offset).line - 1 };
  }
  return undefined;
}

/** The profile goes. Undefined: it cannot be told how. */
export function removeProfile(files: readonly ModelFile[], id: string): readonly FileEdit[] | undefined {
  const found = findProfile(files, id);
  if (found === undefined) return undefined;
  const { file, list, profile, index, lineOf } = found;
  // A file with no profiles is refused.
  if (list.items.length === 1) return [{ path: file.path, splices: 'remove', before: file.text }];
  const lines = file.text.split('\n');
  const [from = 0, to = 0] = profile.range ?? [];
  const first = commentAbove(lines, lineOf(from));
  const last = lineOf(Math.max(from, to - 1));
  const isSpaced = lines[last + 1]?.trim() === '' && last + 2 < lines.length;
  // The last of a file leaves no empty line behind it.
  const start = !isSpaced && lines[first - 1]?.trim() === '' ? first - 1 : first;
  const splices = [{ line: start, removed: last - start + 1 + (isSpaced ? 1 : 0), added: [] }];
  return checked({ path: file.path, splices, before: file.text }, (value) => {
    return value.profiles.filter((_, place) => place !== index);
  });
}

/** A profile gives more. Undefined: it cannot be told how. */
export function addEntitlements(
  files: readonly ModelFile[],
  id: string,
  references: readonly string[],
): readonly FileEdit[] | undefined {
  const found = findProfile(files, id);
  const entitlements = found?.profile.get('entitlements');
  if (found === undefined || !isSeq(entitlements) || entitlements.flow === true) return undefined;
  const last = entitlements.items.at(-1);
  if (!isScalar(last)) return undefined;
  const { file, index, lineOf } = found;
  const line = lineOf(last.range?.[0] ?? 0);
  const written = file.text.split('\n')[line] ?? '';
  const indent = /^(\s*)- /.exec(written)?.[1];
  if (indent === undefined) return undefined;
  const ending = written.endsWith('\r') ? '\r' : '';
  const added = references.map((reference) => `${indent}- ${reference}${ending}`);
  return checked({ path: file.path, splices: [{ line: line + 1, removed: 0, added }], before: file.text }, (value) =>
    value.profiles.map((profile, place) =>
      place === index ? { ...profile, entitlements: [...(profile.entitlements ?? []), ...references] } : profile,
    ),
  );
}

export interface NewProfile {
  readonly id: string;
  readonly name: string;
  readonly when: Readonly<Record<string, string>>;
  readonly entitlements: readonly string[];
}

/** In a file of its own, so that one candidate does not stand in the way of another. @param folder of the profiles */
export function newProfile(folder: string, { id, name, when, entitlements }: NewProfile): readonly FileEdit[] {
  const added = [
    'profiles:',
    `  - id: ${id}`,
    `    name: ${JSON.stringify(name)}`,
    '    when:',
    ...Object.entries(when).map(([attribute, value]) => `      ${attribute}: [${JSON.stringify(value)}]`),
    '    entitlements:',
    ...entitlements.map((reference) => `      - ${reference}`),
  ];
  return [{ path: `${folder}/${id}.yaml`, splices: [{ line: 0, removed: 0, added }], before: undefined }];
}

interface Content {
  readonly profiles: readonly { readonly entitlements?: readonly string[] }[];
}

/** Undefined: what is written then is not what was meant, an alias or an odd layout being in the way. */
function checked(
  edit: FileEdit & { readonly splices: readonly Splice[] },
  expected: (before: Content) => Content['profiles'],
): readonly FileEdit[] | undefined {
  const read = (text: string) => parseDocument(text, { prettyErrors: false });
  const after = read(applied(edit.before ?? '', edit.splices));
  if (after.errors.length > 0) return undefined;
  const before = read(edit.before ?? '').toJS() as Content;
  const meant = { ...before, profiles: expected(before) };
  return canonicalJson(after.toJS()) === canonicalJson(meant) ? [edit] : undefined;
}

function applied(text: string, splices: readonly Splice[]): string {
  const lines = text.split('\n');
  for (const { line, removed, added } of inOrder(splices).reverse()) lines.splice(line, removed, ...added);
  return lines.join('\n');
}

function inOrder(splices: readonly Splice[]): Splice[] {
  return [...splices].sort((one, other) => one.line - other.line);
}

/** Directly above, without an empty line in between: it is about what follows. */
function commentAbove(lines: readonly string[], line: number): number {
  let first = line;
  while (first > 0 && /^\s*#/.test(lines[first - 1] ?? '')) first -= 1;
  // What opens the file, or the list, is about all of it.
  return first === 0 || /^\s*profiles:/.test(lines[first - 1] ?? '') ? line : first;
}

/** The edits of one candidate as one diff. Several of one file are one. */
export function unifiedDiff(edits: readonly FileEdit[]): string {
  const byPath = new Map<string, FileEdit>();
  for (const edit of edits) {
    const known = byPath.get(edit.path);
    const isRemoved = known?.splices === 'remove' || edit.splices === 'remove';
    const splices = isRemoved ? 'remove' : [...((known?.splices ?? []) as Splice[]), ...(edit.splices as Splice[])];
    byPath.set(edit.path, { ...edit, splices });
  }
  return [...byPath.values()].map(diffOf).join('');
}

function diffOf({ path, splices, before }: FileEdit): string {
  const all = splices === 'remove' ? [{ line: 0, removed: linesOf(before ?? '').length, added: [] }] : inOrder(splices);
  const [from, to] = [
    before === undefined ? '/dev/null' : `a/${path}`,
    splices === 'remove' ? '/dev/null' : `b/${path}`,
  ];
  const head = [`diff --git a/${path} b/${path}`];
  if (before === undefined) head.push('new file mode 100644');
  if (splices === 'remove') head.push('deleted file mode 100644');
  head.push(`--- ${from}`, `+++ ${to}`);
  return `${[...head, ...hunksOf(before ?? '', all)].join('\n')}\n`;
}

/** Without the empty text after the last line's end. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function hunksOf(before: string, splices: readonly Splice[]): readonly string[] {
  const lines = linesOf(before);
  const isEnded = before === '' || before.endsWith('\n');
  const hunks: Splice[][] = [];
  for (const splice of splices) {
    const last = hunks.at(-1)?.at(-1);
    const isNear = last !== undefined && splice.line - (last.line + last.removed) <= 2 * CONTEXT;
    if (isNear) hunks.at(-1)?.push(splice);
    else hunks.push([splice]);
  }
  let shift = 0;
  return hunks.flatMap((hunk) => {
    const [first, last] = [hunk[0] as Splice, hunk.at(-1) as Splice];
    const start = Math.max(0, first.line - CONTEXT);
    const end = Math.min(lines.length, last.line + last.removed + CONTEXT);
    const body: string[] = [];
    const context = (from: number, to: number, mark: string) => {
      for (let line = from; line < to; line += 1) {
        body.push(`${mark}${lines[line]}`);
        if (line === lines.length - 1 && !isEnded) body.push('\\ No newline at end of file');
      }
    };
    let at = start;
    for (const { line, removed, added } of hunk) {
      context(at, line, ' ');
      context(line, line + removed, '-');
      body.push(...added.map((one) => `+${one}`));
      at = line + removed;
    }
    context(at, end, ' ');
    const grown = hunk.reduce((sum, { removed, added }) => sum + added.length - removed, 0);
    const [oldCount, newCount] = [end - start, end - start + grown];
    const place = (count: number, line: number) => `${count === 0 ? 0 : line + 1},${count}`;
    const header = `@@ -${place(oldCount, start)} +${place(newCount, start + shift)} @@`;
    shift += grown;
    return [header, ...body];
  });
}
