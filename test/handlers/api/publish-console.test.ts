// What CloudFormation is told, and what then lies in the bucket. The bucket itself is met in the local cloud.
import { describe, expect, it } from 'vitest';
import { publishConsole } from '../../../lambdas/handlers/api/publish-console.ts';
import type { ConsoleBucket, ConsoleFile } from '../../../lambdas/stores/console-files.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-29T09:00:00Z');
const SETTINGS = '{"issuer":"https://idp.example"}';
const BUILT = ['index.html', 'assets/app-1.js', 'favicon.svg'];

function world({ built = BUILT, fails = '' }: { readonly built?: readonly string[]; readonly fails?: string } = {}) {
  const published = new Map<string, { publishedMs: number; contentType: string; cacheControl: string }>();
  const order: string[] = [];
  const answers: { url: string; body: Record<string, unknown> }[] = [];
  const bucket: ConsoleBucket = {
    put: async ({ path }, headers) => {
      if (path === fails) throw new Error('access denied');
      order.push(path);
      published.set(path, { publishedMs: NOW_MS, ...headers });
    },
    list: async () => [...published].map(([path, { publishedMs }]) => ({ path, publishedMs })),
    remove: async (paths) => {
      for (const path of paths) published.delete(path);
    },
  };
  const files = () => built.map((path): ConsoleFile => ({ path, bytes: Buffer.from(path) }));
  const run = publishConsole({
    files,
    bucket,
    answer: async (url, body) => void answers.push({ url, body: JSON.parse(body) }),
    warn: () => {},
    clock: () => NOW_MS,
  });
  return { published, order, answers, run };
}

const request = (RequestType: 'Create' | 'Update' | 'Delete') => ({
  RequestType,
  ResponseURL: 'https://cloudformation.example/answer',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Files',
  ResourceProperties: { settings: SETTINGS },
});

describe('publishing the console', () => {
  it('puts what a page names before the page itself, and tells CloudFormation', async () => {
    const { run, order, published, answers } = world();
    await run(request('Create'));
    expect(order.at(-1)).toBe('index.html');
    expect([...order].sort()).toEqual([...BUILT, 'console.json'].sort());
    expect(published.get('assets/app-1.js')).toMatchObject({
      contentType: 'text/javascript; charset=utf-8',
      cacheControl: 'public, max-age=31536000, immutable',
    });
    expect(published.get('index.html')).toMatchObject({ cacheControl: 'no-cache' });
    expect(answers).toEqual([
      {
        url: 'https://cloudformation.example/answer',
        body: {
          Status: 'SUCCESS',
          PhysicalResourceId: 'console',
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'Files',
        },
      },
    ]);
  });

  it('keeps what an open page may still load, for 30 days', async () => {
    const { run, published } = world();
    const old = { contentType: '', cacheControl: '' };
    published.set('assets/app-0.js', { publishedMs: NOW_MS - 30 * DAY_MS, ...old });
    published.set('assets/app-00.js', { publishedMs: NOW_MS - 30 * DAY_MS - 1, ...old });
    await run(request('Update'));
    expect([...published.keys()].sort()).toEqual([...BUILT, 'assets/app-0.js', 'console.json'].sort());
  });

  it('says why it failed, and leaves the page as it was', async () => {
    const { run, answers, published } = world({ fails: 'assets/app-1.js' });
    await run(request('Create'));
    expect(answers[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'access denied' });
    expect(published.has('index.html')).toBe(false);
  });

  it('refuses a build without a page', async () => {
    const { run, answers } = world({ built: ['assets/app-1.js'] });
    await run(request('Create'));
    expect(answers[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'the build has no index.html' });
  });

  it('empties the bucket when the stack goes', async () => {
    const { run, answers, published } = world();
    await run(request('Create'));
    await run(request('Delete'));
    expect(published.size).toBe(0);
    expect(answers[1]?.body).toMatchObject({ Status: 'SUCCESS' });
  });
});
