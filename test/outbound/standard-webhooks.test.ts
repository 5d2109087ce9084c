// Who sent it: the vector of the specification, rotation, replay, and everything that must not count as a signature.
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../lambdas/outbound/standard-webhooks.ts';

// The vector that the libraries of the specification are tested with.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = Buffer.from('{"test": 2432232314}');
const SENT_MS = 1_614_265_330_000;
const HEADERS = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MINUTE_MS = 60_000;

function verify({ headers = {}, body = BODY, secrets = [SECRET], nowMs = SENT_MS } = {}): boolean {
  return verifySignature({ headers: { ...HEADERS, ...headers }, body }, secrets, nowMs);
}

describe('verifying a Standard Webhooks signature', () => {
  it("takes the specification's own vector", () => {
    expect(verify()).toBe(true);
    expect(verify({ secrets: [SECRET.slice('whsec_'.length)] })).toBe(true);
  });

  it('takes either of two secrets while one replaces the other', () => {
    expect(verify({ secrets: [OTHER_SECRET, SECRET] })).toBe(true);
    expect(verify({ secrets: [SECRET, OTHER_SECRET] })).toBe(true);
    expect(verify({ secrets: [OTHER_SECRET] })).toBe(false);
    expect(verify({ secrets: [] })).toBe(false);
  });

  it('takes any of several signatures, as a rotating sender gives them', () => {
    const signature = `v1a,other v1,${Buffer.alloc(32).toString('base64')} ${HEADERS['webhook-signature']}`;
    expect(verify({ headers: { 'webhook-signature': signature } })).toBe(true);
  });

  it('refuses a timestamp more than five minutes off, either way', () => {
    expect(verify({ nowMs: SENT_MS + 5 * MINUTE_MS })).toBe(true);
    expect(verify({ nowMs: SENT_MS + 5 * MINUTE_MS + 1 })).toBe(false);
    expect(verify({ nowMs: SENT_MS - 5 * MINUTE_MS })).toBe(true);
    expect(verify({ nowMs: SENT_MS - 5 * MINUTE_MS - 1 })).toBe(false);
  });

  it.each([
    ['no id', { 'webhook-id': undefined }],
    ['no timestamp', { 'webhook-timestamp': undefined }],
    ['no signature', { 'webhook-signature': undefined }],
    ['another id', { 'webhook-id': 'msg_2' }],
    ['another timestamp', { 'webhook-timestamp': '1614265331' }],
    ['a timestamp with a tail', { 'webhook-timestamp': '1614265330abc' }],
    ['a timestamp in other digits', { 'webhook-timestamp': '01614265330' }],
    ['another version', { 'webhook-signature': HEADERS['webhook-signature'].replace('v1', 'v2') }],
    ['a shortened signature', { 'webhook-signature': HEADERS['webhook-signature'].slice(0, -1) }],
    ['an empty signature', { 'webhook-signature': 'v1,' }],
  ])('refuses %s', (_what, headers) => {
    expect(verify({ headers })).toBe(false);
  });

  it('refuses one changed byte, white space included', () => {
    expect(verify({ body: Buffer.from('{"test":2432232314}') })).toBe(false);
  });

  it('refuses bytes that are no UTF-8, which the package would read as the same text', () => {
    const invalid = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const signature = new Webhook(SECRET).sign('msg_1', new Date(SENT_MS), invalid.toString('utf8'));
    expect(verify({ body: invalid, headers: { 'webhook-id': 'msg_1', 'webhook-signature': signature } })).toBe(false);
  });

  it('refuses to move the border between id and body', () => {
    const inner = `x.1614265330.{"inner":true}`;
    const body = `{"title":"${inner}`;
    const signature = new Webhook(SECRET).sign('msg_1', new Date(SENT_MS), body);
    const headers = { 'webhook-id': 'msg_1.1614265330.{"title":"x', 'webhook-signature': signature };
    expect(verify({ body: Buffer.from('{"inner":true}'), headers })).toBe(false);
  });
});
