// Whoever is woken up finds the page that the message names, and on it what to do.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesiseResources } from '../support/stacks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = readdirSync(join(ROOT, 'docs/runbook')).filter((name) => name !== 'README.md');
const LINK = /Runbook: docs\/runbook\/([a-z-]+\.md)/g;

const resources = synthesiseResources();

describe.each(PAGES)('docs/runbook/%s', (name) => {
  const page = readFileSync(join(ROOT, 'docs/runbook', name), 'utf8');

  it('describes, says where to look, and how to get out of it', () => {
    const headings = page.split('\n').flatMap((line) => /^##? (.*)$/.exec(line)?.slice(1) ?? []);
    expect(headings.slice(1)).toEqual(['Description', 'Investigation', 'Resolution']);
    for (const section of page.split(/^##? .*$/m).slice(2)) expect(section.trim()).not.toBe('');
  });

  it('is in the index, under its own title', () => {
    const title = /^# (.*)$/m.exec(page)?.[1];
    expect(readFileSync(join(ROOT, 'docs/runbook/README.md'), 'utf8')).toContain(`[${title}](${name})`);
  });
});

describe('whoever is told of trouble is led to a page', () => {
  it('by every alarm', () => {
    const alarms = resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(10);
    for (const { logicalId, Properties } of alarms) {
      expect(pagesIn(String(Properties['AlarmDescription'])), logicalId).toHaveLength(1);
    }
  });

  it('by every message of a state machine', () => {
    const machines = readFolder('statemachines', '.json');
    const messages = machines.flatMap((text) =>
      [...text.matchAll(/"Message(?:\.\$)?": (.*)$/gm)].map(([line]) => line),
    );
    expect(messages).toHaveLength(count(machines, 'states:::sns:publish'));
    for (const message of messages) expect(pagesIn(message), message).toHaveLength(1);
  });

  it('by every message of a function', () => {
    const alerting = readFolder('lambdas/handlers', '.ts').filter((text) => text.includes('snsAlerts()'));
    expect(alerting.length).toBeGreaterThan(1);
    for (const text of alerting) expect(pagesIn(text)).toHaveLength([...text.matchAll(/\bsubject: ['`]/g)].length);
  });
});

/** The pages named, each of which there is. */
function pagesIn(text: string): readonly string[] {
  const named = [...text.matchAll(LINK)].map(([, name]) => name as string);
  expect(PAGES).toEqual(expect.arrayContaining(named));
  return named;
}

function readFolder(folder: string, extension: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

function count(texts: readonly string[], part: string): number {
  return texts.join('\n').split(part).length - 1;
}
