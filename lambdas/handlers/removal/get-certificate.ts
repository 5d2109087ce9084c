// The offboarding certificate as it was written when the removal was proven: as data, or as a page that prints.
import { createHash } from 'node:crypto';
import { certificateRoutes } from '../../api/certificates.ts';
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import { NotFoundError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { certificateIdOf } from '../../core/removal/removal.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { CERTIFICATE_STYLE, certificatePage } from './certificate-page.ts';

const STYLE_HASH = createHash('sha256').update(CERTIFICATE_STYLE).digest('base64');

const ROUTE = certificateRoutes['get-certificate'];

export const getCertificate = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters, headers }) => {
    const { id: certificateId } = parameters;
    // `<identity id>.<version>`; an identity's id may hold dots itself.
    const { record } = await requireIdentity(dependencies, certificateId.slice(0, certificateId.lastIndexOf('.')));
    await requireReadable(dependencies, operator, record.header);
    const certificate = await dependencies.accounts.findCertificate(certificateId);
    if (certificate === undefined) {
      throw new NotFoundError(whyNotThere(record, certificateId));
    }
    const log = { certificateId };
    const shows = [record.header.identityId];
    if (!prefersHtml(headers['accept'])) return { status: 200, shows, body: certificate, log };
    return {
      status: 200,
      shows,
      body: certificatePage(certificate),
      contentType: 'text/html; charset=utf-8',
      headers: {
        'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'`,
      },
      log,
    };
  },
);

function whyNotThere({ header, accounts, tasks }: IdentityRecord, certificateId: string): string {
  const { identityId, removal } = header;
  if (
    removal === undefined ||
    removal.provenMs !== undefined ||
    certificateIdOf(identityId, removal) !== certificateId
  ) {
    return 'There is no such certificate.';
  }
  const residualMs = Math.max(0, ...accounts.map(({ residual }) => residual?.untilMs ?? 0));
  const until = residualMs === 0 ? '' : ` What nobody can take back lasts until ${toIso(residualMs)} at the latest.`;
  const open = tasks.filter(({ status }) => status === 'open').map(({ applicationId }) => applicationId);
  const people = open.length === 0 ? '' : ` It waits for open tasks in ${[...new Set(open)].sort().join(', ')}.`;
  return `The removal is not proven yet: it is certified once every system was read back clean.${people}${until}`;
}

/** Whatever a browser asks for first (RFC 9110 section 12.5.1); JSON unless HTML is named before it. */
function prefersHtml(accept = ''): boolean {
  const named = accept.split(',').map((range) => range.split(';')[0]?.trim().toLowerCase());
  const html = named.indexOf('text/html');
  const json = named.indexOf('application/json');
  return html !== -1 && (json === -1 || html < json);
}

export const handler = serveApi(ROUTE, () => getCertificate(liveApiDependencies()));
