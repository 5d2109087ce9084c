// The pages behind a mailed link: what is asked, what was recorded, and why nothing was. No script, nothing loaded from
// elsewhere, readable on a telephone.
import { escapeHtml } from '../../core/html.ts';
import { displayNameOf } from '../../core/identity/display-name.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { LoadedIdentity } from './load-identity.ts';

export const DECISION_STYLE = `
  :root { color-scheme: light dark; --line: #d0d7de; --soft: #57606a; --yes: #1a7f37; --no: #b42318; --paper: #fff; --ink: #1f2328 }
  @media (prefers-color-scheme: dark) { :root { --line: #444c56; --soft: #9da7b3; --yes: #2b8a46; --no: #c93c33; --paper: #1c2128; --ink: #e6edf3 } }
  * { box-sizing: border-box }
  body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere }
  h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .5rem } h2 { font-size: 1rem; margin: 1.5rem 0 .25rem }
  p { margin: .5rem 0 } p.soft, dt, footer { color: var(--soft) }
  dl { margin: 1rem 0; border-top: 1px solid var(--line) }
  dl > div { display: grid; grid-template-columns: 9rem 1fr; gap: 0 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line) } dd { margin: 0 }
  .warning { border-left: 4px solid var(--no); padding: .25rem 0 .25rem .75rem }
  label { display: block; margin-top: 1.25rem } textarea { width: 100%; min-height: 5rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--soft); border-radius: .4rem; padding: .5rem }
  .answers { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1rem }
  button { flex: 1 1 9rem; min-height: 3rem; font: inherit; font-weight: 600; color: #fff; border: 0; border-radius: .4rem; cursor: pointer }
  button.approve { background: var(--yes) } button.reject { background: var(--no) } button:focus-visible, textarea:focus-visible { outline: 3px solid #0969da; outline-offset: 2px }
  footer { margin-top: 2rem; font-size: .875rem }
  @media (max-width: 30rem) { dl > div { grid-template-columns: 1fr } }
`;

export interface ShownQuestion {
  readonly title: string;
  /** Name → value, in their order. */
  readonly facts: readonly (readonly [string, string | undefined])[];
  /** What speaks against it, each a sentence. */
  readonly warnings: readonly string[];
  readonly answers: readonly [yes: ShownAnswer, no: ShownAnswer];
  /** Beside the field for it: who can read what is written there. */
  readonly why: string;
}

export interface ShownAnswer {
  /** What the form says as `decision`. */
  readonly decision: string;
  readonly label: string;
}

/** Asks for the click. */
export function askingPage({ title, facts, warnings, answers, why }: ShownQuestion): string {
  const [yes, no] = answers;
  return page(
    title,
    `<p class="soft">Nothing is decided until you press one of the two buttons.</p>
${factsList(facts)}
${warnings.map((warning) => `<p class="warning">${escapeHtml(warning)}</p>`).join('\n')}
<form method="post">
<label>${escapeHtml(why)}<textarea name="reason" maxlength="500"></textarea></label>
<div class="answers">${button('approve', yes)}${button('reject', no)}</div>
</form>`,
  );
}

function button(kind: 'approve' | 'reject', { decision, label }: ShownAnswer): string {
  return `<button class="${kind}" name="decision" value="${decision}">${escapeHtml(label)}</button>`;
}

export function recordedPage(title: string, whatNext: string): string {
  return page(title, `<p>${escapeHtml(whatNext)}</p>\n<p class="soft">You can close this page.</p>`);
}

/**
 * @param code what to quote when asking about it
 * @param elsewhere where else it can be looked at, as a sentence
 */
export function refusedPage(message: string, code: string, elsewhere: string): string {
  return page(
    'Nothing was decided',
    `<p>${escapeHtml(message)}</p>\n<p class="soft">Code: ${escapeHtml(code)}. ${escapeHtml(elsewhere)}</p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${DECISION_STYLE}</style></head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
<footer>Tenure: access lasts exactly as long as the reason for it.</footer>
</body>
</html>
`;
}

function factsList(facts: ShownQuestion['facts']): string {
  const shown = facts.flatMap(([name, value]) =>
    value === undefined ? [] : `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl>${shown.join('')}</dl>`;
}

/** As a clock shows it where whoever decides works. */
export function clockOf(approver: LoadedIdentity | undefined): (instantMs: number) => string {
  const state = approver?.state;
  const timeZone = (state !== undefined && isEmployed(state) && state.attributes.timeZone) || 'UTC';
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone });
  return (instantMs) => `${format.format(instantMs)} (${timeZone})`;
}

export function nameOf({ record, state }: LoadedIdentity): string {
  const { identityId } = record.header;
  const name = 'attributes' in state ? displayNameOf(identityId, state.attributes) : identityId;
  return name === identityId ? identityId : `${name} (${identityId})`;
}
