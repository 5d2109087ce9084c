// The index of a folder of pages: whatever there is, so that a page that is added is found.
import { readdirSync, readFileSync } from 'node:fs';

const INDEX = 'README.md';

/** One line a page: its title, and the first sentence under the heading that says what it is about. */
export function pageIndex(folder: URL, heading: string): string {
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== INDEX);
  return pages
    .sort()
    .map((name) => lineOf(name, readFileSync(new URL(name, folder), 'utf8'), heading))
    .join('\n');
}

function lineOf(name: string, page: string, heading: string): string {
  const title = /^# (.+)$/m.exec(page)?.[1];
  const first = new RegExp(`^## ${heading}\\n\\n([\\s\\S]+?[.:])(?=\\s)`, 'm').exec(page)?.[1];
  if (title === undefined || first === undefined) throw new Error(`${name} lacks a title, or text under ${heading}`);
  return `- [${title}](${name}): ${first.replaceAll(/\s+/g, ' ').replace(/[.:]$/, '')}.`;
}
