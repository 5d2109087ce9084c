// What is bundled in place of an SDK's package must do what is left of it: a request to S3 is signed for its region.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import type { PopulationFiles } from '../../lambdas/stores/population-files.ts';
import { bundle } from '../../lib/bundling/bundles.ts';

it('signs what it puts into S3 for one region', { timeout: 60_000 }, async () => {
  const store = join(import.meta.dirname, '..', '..', 'lambdas', 'stores', 'population-files.ts');
  const folder = mkdtempSync(join(tmpdir(), 'bundled-'));
  const requests: { readonly url?: string | undefined; readonly authorization?: string | undefined }[] = [];
  const server = createServer(({ url, headers }, response) => {
    requests.push({ url, authorization: headers.authorization });
    response.end();
  }).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('TENURE_POPULATION_BUCKET', 'people');
    const [built] = bundle([store]).values();
    for (const [name, content] of built?.files ?? []) writeFileSync(join(folder, 'store.mjs'), name ? content : '');
    const module = (await import(pathToFileURL(join(folder, 'store.mjs')).href)) as {
      s3PopulationFiles: () => PopulationFiles;
    };
    await module.s3PopulationFiles().putReport('reports/acme-hr/x.json', { rows: 1 });
  } finally {
    vi.unstubAllEnvs();
    server.close();
    rmSync(folder, { recursive: true });
  }
  expect(requests).toMatchObject([
    {
      url: expect.stringContaining('/reports/acme-hr/x.json'),
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-central-1\/s3\/aws4_request, /),
    },
  ]);
});
