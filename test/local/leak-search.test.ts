// A search that finds nothing proves something only if it would have found it.
import { describe, expect, it } from 'vitest';
import { findLeaks, type Place } from '../support/leak-search.ts';

const MARKER = { name: 'the token', text: 'pa+ss/"wörd"\\=?&and-more-of-it' };

function place(text: string): Place {
  return { kind: 'log', name: 'one', content: Buffer.from(text) };
}

describe('the search for leaks', () => {
  it.each([
    ['as it is', `authorization: Bearer ${MARKER.text}, and so on`],
    ['as JSON', JSON.stringify({ message: MARKER.text })],
    ['as JSON within JSON', JSON.stringify({ message: JSON.stringify({ token: MARKER.text }) })],
    ['in a URL', `https://chat.example/?token=${encodeURIComponent(MARKER.text)}`],
    ['in a form', String(new URLSearchParams({ token: MARKER.text }))],
    ['in hexadecimal', Buffer.from(`x${MARKER.text}`).toString('hex')],
    ['in base64', Buffer.from(MARKER.text).toString('base64')],
    ['in base64, one byte in', Buffer.from(`u${MARKER.text}:`).toString('base64')],
    ['in base64, two bytes in', Buffer.from(`us${MARKER.text}:x`).toString('base64')],
    ['in base64url', Buffer.from(`user:${MARKER.text}`).toString('base64url')],
    ['cut short', `token ${MARKER.text.slice(0, 20)}...`],
  ])('finds what is there %s, and does not say it', (_, text) => {
    const leaks = findLeaks([place('nothing'), place(text)], [MARKER]);
    expect(leaks).toMatchObject([{ marker: 'the token', place: 'log one' }]);
    expect(findLeaks([place(JSON.stringify(leaks))], [MARKER])).toEqual([]);
  });

  it('finds nothing where nothing is', () => {
    expect(findLeaks([place('pa+ss'), place(''), place('token')], [MARKER])).toEqual([]);
  });
});
