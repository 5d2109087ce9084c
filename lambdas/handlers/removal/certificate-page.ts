// The offboarding certificate as one page that prints: no script, nothing loaded from elsewhere.
import { escapeHtml } from '../../core/html.ts';
import type { Certificate, CertifiedApplication, NotProven } from '../../core/removal/certificate.ts';

export const CERTIFICATE_STYLE = `
  @page { size: A4; margin: 18mm 16mm }
  body { font: 10pt/1.45 system-ui, sans-serif; color: #1a1a1a; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 18pt; margin: 0 0 .2rem } h2 { font-size: 12pt; margin: 1.6rem 0 .3rem; break-after: avoid }
  p.lead { margin: 0 0 1.2rem; color: #444 }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 } dt { color: #555 } dd { margin: 0 }
  table { width: 100%; border-collapse: collapse; margin-top: .5rem } th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #ddd }
  th { font-weight: 600; color: #555 } td.id, span.id { font: 8pt/1.4 ui-monospace, monospace; color: #555; overflow-wrap: anywhere }
  section { break-inside: avoid-page } .residual { border-left: 3px solid #b45309; padding-left: .6rem; margin: .5rem 0 }
  footer { margin-top: 2rem; color: #555; font-size: 9pt; border-top: 1px solid #ddd; padding-top: .5rem }
`;

/** An HTML document. */
export function certificatePage(certificate: Certificate): string {
  const { certificateId, identityId, applications, notProven = [], handedOver, attestations } = certificate;
  const read = applications.filter(({ provenBy }) => provenBy !== 'attestation').length;
  const systems = read === 1 ? '1 system was' : `${read} systems were`;
  // Whoever reads no further must not take it for more than it is.
  const unproven = notProven.length === 0 ? '' : ` <strong>Not proven of ${notProven.length}, named below.</strong>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Offboarding certificate ${escapeHtml(certificateId)}</title><style>${CERTIFICATE_STYLE}</style></head>
<body>
<h1>Offboarding certificate</h1>
<p class="lead">${systems} read back after ${escapeHtml(identityId)} had left: none shows any access.${unproven}</p>
${facts([
  ['Certificate', certificateId],
  ['Identity', identityId],
  ['Accepted from HR', certificate.acceptedAt],
  ['Departure took effect', certificate.departedAt],
  ['Removal began', certificate.startedAt],
  ['Last moment access was possible', certificate.lastAccessAt ?? 'there was no access to remove'],
  ['Proven', certificate.provenAt],
])}
${applications.map(applicationSection).join('\n')}
${notProven.map(notProvenSection).join('\n')}
${handedOver.length === 0 ? '' : handedOverSection(handedOver)}
${attestations.length === 0 ? '' : attestationSection(attestations)}
<footer>Each entry id names an entry of the audit log: GET /identities/${escapeHtml(identityId)}/audit. This page was made from GET /certificates/${escapeHtml(certificateId)}.</footer>
</body>
</html>
`;
}

function applicationSection(application: CertifiedApplication): string {
  const { applicationId, accountId, outcome, provenBy, removed, residual, truncated, verifiedBy } = application;
  return `<section>
<h2>${escapeHtml(applicationId)}: ${OUTCOMES[outcome]}</h2>
${facts([
  ['Account', accountId ?? 'none'],
  ['Sign-in refused from', application.disabledAt],
  ['Last grant removed', application.lastGrantRemovedAt],
  ['Last moment access was possible', application.lastAccessAt],
  [provenBy === 'attestation' ? 'Attested' : 'Last read back', application.verifiedAt],
])}
${residual === undefined ? '' : `<p class="residual">Could not be taken back and ended by itself: ${escapeHtml(residual.what)}, at the latest ${escapeHtml(residual.until)}.</p>`}
${removed.length === 0 ? '' : removedTable(removed)}
${truncated ? '<p>More was removed than fits here: the audit log has all of it.</p>' : ''}
${verifiedBy.length === 0 ? '' : `<p>Read-backs: <span class="id">${verifiedBy.map(escapeHtml).join(', ')}</span></p>`}
</section>`;
}

function notProvenSection({ applicationId, accountId, why, removed, lastReadAt, closedAt }: NotProven): string {
  return `<section>
<h2>${escapeHtml(applicationId)}: not proven</h2>
<p class="residual">${NOT_PROVEN[why]}</p>
${facts([
  ['Account', accountId ?? 'none'],
  ['Last read', lastReadAt],
  ['Without access from', closedAt],
])}
${removed.length === 0 ? '' : removedTable(removed)}
</section>`;
}

function removedTable(removed: CertifiedApplication['removed']): string {
  const rows = removed.map(
    ({ action, what, at, by, entryId }) =>
      `<tr><td>${escapeHtml(action)}</td><td>${escapeHtml(what ?? '')}</td><td>${escapeHtml(at)}</td><td>${escapeHtml(by)}</td><td class="id">${escapeHtml(entryId)}</td></tr>`,
  );
  return `<table><thead><tr><th>Removed</th><th>What</th><th>When</th><th>By</th><th>Audit entry</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

function handedOverSection(handedOver: Certificate['handedOver']): string {
  return `<section><h2>Handed over</h2>
<p>Owned when the departure took effect, and since then another's or suspended: <span class="id">${handedOver.map(escapeHtml).join(', ')}</span>. What was known of their credentials is replaced or revoked: GET /identities/{id}, <code>replaceCredentials</code>.</p>
</section>`;
}

function attestationSection(attestations: Certificate['attestations']): string {
  const rows = attestations.map(({ applicationId, attestedBy, confirmedBy, attestedAt, evidence, files = [] }) => {
    const who = confirmedBy === undefined ? attestedBy : `${attestedBy}, confirmed by ${confirmedBy}`;
    const shown = [...(evidence === undefined ? [] : [evidence]), ...files.map((sha256) => `SHA-256 ${sha256}`)];
    return `<tr><td>${escapeHtml(applicationId)}</td><td>${escapeHtml(who)}</td><td>${escapeHtml(attestedAt)}</td><td>${escapeHtml(shown.join(', '))}</td></tr>`;
  });
  return `<section><h2>Attested by people</h2>
<table><thead><tr><th>System</th><th>Who</th><th>When</th><th>Evidence</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></section>`;
}

const OUTCOMES: Readonly<Record<CertifiedApplication['outcome'], string>> = {
  disabled: 'account kept, without access',
  deleted: 'account deleted',
  'no-account': 'no account',
};

const NOT_PROVEN: Readonly<Record<NotProven['why'], string>> = {
  'not-in-model': 'The access model no longer has this application, so that nothing could read it.',
  'not-attested': 'Only people can look at this system, and nobody has attested anything since the departure.',
  'not-read': 'It was not read since the departure.',
  open: 'It was read with access.',
};

function facts(rows: readonly (readonly [string, string | undefined])[]): string {
  const shown = rows.filter(([, value]) => value !== undefined);
  return `<dl>${shown.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value ?? '')}</dd>`).join('')}</dl>`;
}
