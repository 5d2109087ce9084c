// Debian's Chromium, driven as a person would: signing in on the local page, and going where the address bar says.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Role } from '../../lambdas/api/roles.ts';

export type Theme = 'light' | 'dark';

export interface Visit {
  readonly role: Role;
  /** @default 1440 */
  readonly width?: number;
  /** @default "light" */
  readonly theme?: Theme;
}

export interface Visitor {
  readonly page: Page;
  /** What the browser complained of: errors of the pages, and what their policy did not let happen. */
  readonly complaints: readonly string[];
  /** Goes to a page of the console, and waits until it has its content. */
  goTo(path: string): Promise<void>;
  /** Broken rules of WCAG and axe-core's own, each with where. */
  findBarriers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const EXECUTABLE = '/usr/bin/chromium';
const HEIGHT = 900;
const TIMEOUT_MS = 60_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function launchBrowser(): Promise<Browser> {
  // Tests run as root in containers, where Chromium has no sandbox of its own.
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Signed in, on the home page. */
export async function visit(
  browser: Browser,
  consoleUrl: string,
  { role, width = 1_440, theme = 'light' }: Visit,
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width, height: HEIGHT },
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // What the API refuses is in the page, in its own words.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  const settled = async () => {
    await page.locator('main h1').first().waitFor();
    await page.getByText('Asking the API').first().waitFor({ state: 'hidden' });
  };
  await page.goto(consoleUrl);
  await page.getByRole('link', { name: role }).first().click();
  await settled();
  return {
    page,
    complaints,
    goTo: async (path) => {
      // As a link within the console does: a reload would sign in once more.
      const to = JSON.stringify(path);
      await page.evaluate(`history.pushState(null, '', ${to}); dispatchEvent(new PopStateEvent('popstate'))`);
      await page.waitForLoadState('networkidle');
      await settled();
    },
    findBarriers: async () => {
      // Evaluated, not added as a script: the policy of the page lets no other script in.
      const found = await page.evaluate(`${AXE};axe.run(document, { resultTypes: ['violations'] })`);
      const { violations } = found as {
        violations: readonly { id: string; help: string; nodes: readonly { html: string }[] }[];
      };
      return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
    },
    close: () => context.close(),
  };
}
