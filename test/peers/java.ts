// Java programs, run from their source with what Maven fetches for them into .local/.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '..', '..', '.local', 'peers', 'java');
const FETCH_TIMEOUT_MS = 600_000;
const RUN_TIMEOUT_MS = 120_000;

/**
 * What the program prints.
 *
 * @param folder with its pom.xml
 * @throws Error that says what is missing, where there is no Java 17 or no Maven
 */
export async function runJava(folder: string, source: string, input: string): Promise<string> {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, 'classpath.txt');
  try {
    await run('java', ['-version']);
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath';
    await run('mvn', ['-q', '-B', goal, `-Dmdep.outputFile=${file}`], { cwd: folder, timeout: FETCH_TIMEOUT_MS });
  } catch (cause) {
    throw new Error('put a Java of 17 or later and Maven on the path', { cause });
  }
  const program = spawn('java', ['-cp', readFileSync(file, 'utf8'), join(folder, source)], { timeout: RUN_TIMEOUT_MS });
  program.stdin.end(input);
  const [said, wrong] = await Promise.all([text(program.stdout), text(program.stderr)]);
  if (said === '') throw new Error(`${source} said nothing: ${wrong.slice(0, 1_000)}`);
  return said;
}
