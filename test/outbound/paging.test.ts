// Where the next page is, as a Link header says it (RFC 8288), and listings that do not end.
import { expect, it } from 'vitest';
import { PermanentError } from '../../lambdas/core/errors.ts';
import { linkTo, readAllPages } from '../../lambdas/outbound/paging.ts';

const NEXT = 'https://acme.okta.com/api/v1/users?after=a,b;c&limit=2';

it.each([
  ['the only one', `<${NEXT}>; rel="next"`],
  ['after another', `<https://acme.okta.com/self>; rel="self", <${NEXT}>; rel="next"`],
  ['before another', `<${NEXT}>; rel="next", <https://acme.okta.com/last>; rel="last"`],
  ['without quotes, among other parameters', `<${NEXT}>; title="a, <b>; rel=c"; rel=next`],
  ['of several relations', `<${NEXT}>;rel="last next"`],
])('finds the link that is %s', (_what, link) => {
  expect(linkTo('next', new Headers({ link }))).toBe(NEXT);
});

it.each([undefined, '', '<https://acme.okta.com/self>; rel="self"', '<https://a>; rel="nextish"', 'no link at all'])(
  'finds none in %s',
  (link) => {
    expect(linkTo('next', new Headers(link === undefined ? {} : { link }))).toBeUndefined();
  },
);

it('reads 200 pages, and no listing that has more or goes in circles', async () => {
  const pages =
    (count: number) =>
    (from = 0) =>
      Promise.resolve({ items: [from], next: from + 1 === count ? undefined : from + 1 });
  await expect(readAllPages('a listing', pages(200))).resolves.toHaveLength(200);
  await expect(readAllPages('a listing', pages(201))).rejects.toThrow(PermanentError);
  const circle = () => Promise.resolve({ items: [], next: 1 });
  await expect(readAllPages('a listing', circle)).rejects.toThrow(/does not advance/);
  let read = 0;
  const wideCircle = (from = 0) => {
    read += 1;
    return Promise.resolve({ items: [], next: (from + 1) % 3 });
  };
  await expect(readAllPages('a listing', wideCircle)).rejects.toThrow(/does not advance/);
  expect(read).toBeLessThanOrEqual(4);
});
