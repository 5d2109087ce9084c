// npm run trace -- settle < trace.txt: a stack trace from a function's log, with the places in the source that it means.
// Bundles are minified and their source maps not deployed, but the same commit always builds the same bundle: check out
// the commit that is deployed.
import { SourceMap } from 'node:module';
import { pathToFileURL } from 'node:url';
import { bundleWithMaps } from '../lib/bundling/bundles.ts';

/** `index.mjs:3:1234`, or the same with the name of a file beside it. */
const PLACE = /(?:file:\/\/)?[\w./-]*?([\w-]+\.mjs):(\d+):(\d+)/g;

/** @throws Error when there is no handler of that stem */
export function readTrace(stem: string, trace: string): string {
  const { maps } = bundleWithMaps(stem);
  return trace.replaceAll(PLACE, (place, name: string, line: string, column: string) => {
    const map = maps.get(name);
    if (map === undefined) return place;
    // A stack trace counts lines and columns from 1, a source map from 0.
    const entry = new SourceMap(JSON.parse(map)).findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in entry)) return place;
    return `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  process.stdout.write(readTrace(process.argv[2] ?? '', Buffer.concat(chunks).toString('utf8')));
}
