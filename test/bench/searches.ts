// How long it takes to find somebody among a hundred thousand by what somebody typed: CPU time of one process, beside looking
// at everybody one after the other, which has to find as many.
import { PeopleIndex, type Person, writePeopleList } from '../../lambdas/core/search/people-list.ts';
import { wordsOf } from '../../lambdas/core/search/words.ts';

const PEOPLE = 100_000;
const ROUNDS = 10;
/** Whoever types waits for no more. */
const ALLOWED_MS = 50;

const STARTS = [
  'al',
  'be',
  'ca',
  'da',
  'el',
  'fa',
  'gi',
  'ha',
  'is',
  'jo',
  'ka',
  'le',
  'ma',
  'ni',
  'ol',
  'pe',
  'ro',
  'sa',
];
const MIDDLES = ['ba', 'de', 'li', 'mo', 'na', 'ri', 'se', 'ta', 'vi', 'lo', 'ne', 'ra', 'ster', 'man', 'ger'];
const ENDS = ['n', 'na', 'rt', 'ska', 'son', 'ez', 'er', 'us', 'ova', 'berg', 'lli', 'ic', 'sen', 'ard', 'ini'];

const ASKED: readonly (readonly [what: string, text: (person: Person) => string])[] = [
  ['an id', ({ identityId }) => identityId],
  ['the beginning of an id', ({ identityId }) => identityId.slice(0, 4)],
  ['an address', ({ email }) => email],
  ['a whole name', ({ name }) => name],
  ['a family name', ({ name }) => familyOf(name)],
  ['three letters', ({ name }) => familyOf(name).slice(0, 3)],
  ['two letters', ({ name }) => name.slice(0, 2)],
  ['a letter that is missing', ({ name }) => `${familyOf(name).slice(0, 3)}${familyOf(name).slice(4)}`],
  ['letters that changed places', ({ name }) => swapped(familyOf(name))],
  ['a mistyped name and another', ({ name }) => `${name.split(' ')[0]} ${swapped(familyOf(name))}`],
  ['what everybody has', () => 'acme'],
  ['what nobody has', () => 'xylophone'],
];

export async function printSearches(): Promise<void> {
  const people = Array.from({ length: PEOPLE }, (_, at) => personAt(at));
  const bytes = Buffer.byteLength(writePeopleList({ madeMs: 0, people, incomplete: false }));
  const memoryBefore = process.memoryUsage().heapUsed;
  const { took: building, result: index } = cpuOf(() => new PeopleIndex({ people }));
  const megabytes = (process.memoryUsage().heapUsed - memoryBefore) / 1_000_000;
  const plainly = people.map(({ identityId, name, email }) => [identityId, name, email].flatMap(wordsOf));
  console.log(`\nHow long does it take to find somebody among ${PEOPLE.toLocaleString('en')}?`);
  console.log(
    `  the index: ${Math.round(building)} ms of CPU to make, about ${Math.round(megabytes)} MB, of a list of ${(bytes / 1_000_000).toFixed(1)} MB`,
  );
  console.log(
    `  ${'typed'.padEnd(32)} ${'p50 ms'.padStart(8)} ${'p95 ms'.padStart(8)} ${'found'.padStart(8)} one by one`,
  );
  const all: number[] = [];
  for (const [what, textOf] of ASKED) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const text = textOf(people[(round * 7_919) % PEOPLE] as Person);
      times.push(cpuOf(() => index.find(text, 8, { byName: 'everybody' })).took);
    }
    all.push(...times);
    const text = textOf(people[0] as Person);
    const { result: found } = cpuOf(() => index.find(text, PEOPLE, { byName: 'everybody' }));
    const { result: expected, took } = cpuOf(() => plainly.filter((words) => isLike(words, text)).length);
    if (found.ids.length !== expected) throw new Error(`"${text}" finds ${found.ids.length}, and should ${expected}`);
    const ratio = `${Math.round(took / Math.max(percentile(times, 0.5), 0.001))} x`;
    console.log(
      `  ${what.padEnd(32)} ${percentile(times, 0.5).toFixed(2).padStart(8)} ${percentile(times, 0.95).toFixed(2).padStart(8)} ${String(expected).padStart(8)} ${ratio.padStart(10)}`,
    );
  }
  const [p50, p95] = [percentile(all, 0.5), percentile(all, 0.95)];
  const verdict = `${(p95 / ALLOWED_MS).toFixed(2)} of what is allowed`;
  console.log(`  all of them: p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms of CPU, ${verdict}`);
}

function cpuOf<Result>(run: () => Result): { readonly took: number; readonly result: Result } {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return { took: (user + system) / 1_000, result };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

function personAt(at: number): Person {
  const given = nameOf(at % 1_500);
  const family = nameOf((at * 31) % 61_001);
  const name = `${capital(given)} ${capital(family)}`;
  const email = `${given}.${family}.${at}@acme.example`;
  return { identityId: `E${100_000 + at}`, name, email, above: at === 0 ? '' : `E${100_000 + Math.floor(at / 8)}` };
}

function nameOf(seed: number): string {
  const pick = (parts: readonly string[], by: number) => parts[Math.floor(seed / by) % parts.length] ?? '';
  return pick(STARTS, 1) + pick(MIDDLES, 18) + pick(MIDDLES, 270) + pick(ENDS, 4_050);
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function familyOf(name: string): string {
  return name.split(' ')[1] ?? '';
}

function swapped(word: string): string {
  return word.slice(0, 2) + (word[3] ?? '') + (word[2] ?? '') + word.slice(4);
}

function isLike(words: readonly string[], text: string): boolean {
  return wordsOf(text).every((asked) => words.some((word) => word.startsWith(asked) || isMisspelt(word, asked)));
}

function isMisspelt(word: string, asked: string): boolean {
  if (/\d/.test(asked) || asked.length < 4) return false;
  const edits = asked.length < 8 ? 1 : 2;
  let [beforeLast, last] = [[] as number[], Array.from({ length: asked.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= word.length; row += 1) {
    const next = [row];
    for (let at = 1; at <= asked.length; at += 1) {
      const change = (last[at - 1] ?? 0) + (word[row - 1] === asked[at - 1] ? 0 : 1);
      let least = Math.min(change, (last[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1);
      const isSwap = row > 1 && at > 1 && word[row - 1] === asked[at - 2] && word[row - 2] === asked[at - 1];
      if (isSwap) least = Math.min(least, (beforeLast[at - 2] ?? 0) + 1);
      next.push(least);
    }
    if ((next[asked.length] ?? 0) <= edits) return true;
    if (Math.min(...next) > edits) return false;
    [beforeLast, last] = [last, next];
  }
  return false;
}
