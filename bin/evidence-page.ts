// Evidence as a page that prints: no script, nothing loaded from elsewhere.
import type { Missing } from '../lambdas/core/audit/evidence/collect.ts';
import { escapeHtml } from '../lambdas/core/html.ts';
import type { EvidenceSummary, PopulationSummary } from './evidence-summary.ts';

/** All of them are in missing.csv. */
const SHOWN_MISSING = 200;

const STYLE = `
  @page { size: A4; margin: 18mm 16mm }
  body { font: 10pt/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 18pt; margin: 0 0 .2rem } h2 { font-size: 12pt; margin: 1.8rem 0 .4rem; break-after: avoid }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 } dt { color: #555 } dd { margin: 0 }
  .scroll { overflow-x: auto } table { width: 100%; border-collapse: collapse } th { color: #555; font-weight: 600 }
  th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #ddd }
  td.number { text-align: right; font-variant-numeric: tabular-nums } code, .id { font: 8.5pt/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
  .warn { border-left: 3px solid #b45309; padding-left: .6rem } footer { margin-top: 2rem; color: #555; border-top: 1px solid #ddd; padding-top: .5rem }
  @media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } table { min-width: 46rem } }
`;

/** An HTML document. */
export function evidencePage(summary: EvidenceSummary, missing: readonly Missing[]): string {
  const { controls, period, subject, log, sampling } = summary;
  const title = controls.length === 0 ? 'Evidence' : `Evidence for ${controls.map(({ id }) => id).join(', ')}`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escapeHtml(title)}</h1>
${controls.map((control) => `<p>${escapeHtml(`${control.framework}, ${control.id}: ${control.title}`)}.</p>`).join('\n')}
${list([
  ['From', period.from],
  ['Until, not included', period.until],
  ...(subject === undefined ? [] : [['About', subject] as const]),
  ['Log', log.origin],
  ['Entries that the checkpoint covers', String(log.size)],
  ['Root', log.root],
  ['Verified by', verifiedBy(log)],
  ['Access models that the entries rest on', summary.modelHashes.join(', ') || 'none'],
  ['Made', `${summary.madeAt} by ${summary.madeBy}`],
])}
${log.ownKey ? '<p class="warn">The key is the copy\'s own: ask for the log\'s key by another way, and verify with it, before you rely on this.</p>' : ''}
<h2>Populations</h2>
<p>Each is complete: all ${log.size} entries of the log were read, every one of them leads to the root above, and no subject's own numbers have a gap. ${summary.entries} entries are of the period${subject === undefined ? '' : ' and about the subject'}.</p>
<div class="scroll"><table><thead><tr><th>Population</th><th>Rows</th><th>File, and its SHA-256</th><th>The same question to the lake</th><th>Sample</th></tr></thead><tbody>
${summary.populations.map(populationRow).join('\n')}
</tbody></table></div>
<h2>Missing</h2>
${missing.length === 0 ? '<p>Nothing: every leaver of the period has a removal that was read back and proven, every call that was announced shows what the system said afterwards, and every grant has a reason.</p>' : missingTable(missing)}
<h2>Sample</h2>
<p>Drawn by the seed <code>${escapeHtml(sampling.seed)}</code>, at most ${sampling.size} of each population: ${escapeHtml(sampling.method)}. Each line of a sample has the entry's leaf, its hash and the proof of RFC 6962 that it is in the log.</p>
<footer>Verify it without Tenure: <code>checkpoint</code> is a C2SP signed note, and each proof is one of RFC 6962. docs/reference/audit-log.md says how. Pseudonyms are resolved by the operators' API for whoever may know.</footer>
</body>
</html>
`;
}

function verifiedBy({ keys, announcedKeys }: EvidenceSummary['log']): string {
  if (announcedKeys === undefined) return keys.join(', ');
  return announcedKeys.map(({ key, after }) => `${key} for what comes after the first ${after} entries`).join(', ');
}

function populationRow({ name, what, sql, rows, file, sha256, sample, sampled }: PopulationSummary): string {
  return `<tr><td>${name}<br>${escapeHtml(what)}</td><td class="number">${rows}</td><td><a href="${file}">${file}</a><br><span class="id">${sha256}</span></td><td><code>${escapeHtml(sql)}</code></td><td><a href="${sample}">${sampled}</a></td></tr>`;
}

function missingTable(missing: readonly Missing[]): string {
  const rows = missing
    .slice(0, SHOWN_MISSING)
    .map(
      ({ index, at, subject, expected, because }) =>
        `<tr><td class="number">${index}</td><td>${escapeHtml(at)}</td><td class="id">${escapeHtml(subject)}</td><td>${escapeHtml(expected)}</td><td>${escapeHtml(because)}</td></tr>`,
    );
  return `<p class="warn">${missing.length} in all${missing.length > SHOWN_MISSING ? `, of which the first ${SHOWN_MISSING} are here` : ''}; <a href="missing.csv">missing.csv</a>.</p>
<div class="scroll"><table><thead><tr><th>Entry</th><th>At</th><th>About</th><th>Expected</th><th>What the log has instead</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

function list(rows: readonly (readonly [string, string])[]): string {
  return `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd class="id">${escapeHtml(value)}</dd>`).join('')}</dl>`;
}
