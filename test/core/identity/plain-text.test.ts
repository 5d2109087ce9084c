// Text that looks the same is the same, what cannot be text is refused by pointer, and whoever has an international
// address or a name in a script that needs joiners keeps it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHrEvent, translateHrEvent } from '../../../lambdas/core/hr/hr-event.ts';
import { readRow } from '../../../lambdas/core/hr/population-feed.ts';
import { emailSchema, normaliseText, plainTextSchema } from '../../../lambdas/core/identity/plain-text.ts';
import { leaverEvent, moverEvent } from '../../support/hr-events.ts';

const RECEIVED_MS = Date.parse('2026-11-23T09:00:01Z');
const read = (event: unknown) => readHrEvent(event, 'acme-hr', '', RECEIVED_MS);

function taken(attributes: Readonly<Record<string, unknown>>) {
  const { event, faults } = read(moverEvent(attributes));
  if (event === undefined) return { refused: faults.map(({ pointer }) => pointer) };
  const fact = translateHrEvent(event, 'acme-hr', RECEIVED_MS);
  return 'attributes' in fact ? fact.attributes : undefined;
}

describe('text that looks the same', () => {
  it.each([
    ['a composed and a decomposed accent', 'Zo\u0065\u0308', 'Zo\u00eb'],
    ['space around it', '\u00a0 Sales\u3000\n', 'Sales'],
    ['several spaces, of whatever width', 'Field \u00a0\t\u2009Sales', 'Field Sales'],
    ['a byte order mark, a zero-width space, a soft hyphen', '\ufeffSa\u200bl\u00ades', 'Sales'],
    ['marks of direction', '\u200eSales\u200f', 'Sales'],
    ['joiners where they join nothing', 'Sa\u200dle\u200cs', 'Sales'],
    ['tags and variation selectors', 'Sales\u{e0041}\ufe0f', 'Sales'],
  ])('is the same: %s', (_what, sent, department) => {
    expect(taken({ department: sent })).toEqual({ department });
    expect(readRow({ identityId: 'E1', department: sent }).row?.attributes).toEqual({ department });
  });

  it.each(['نرگس\u200cزاده', '\u0915\u094d\u200d\u0937', '邉\u{e0100}田', "O'Neill", 'Ångström', 'Null', '🧑 desk'])(
    'keeps what does show: %s',
    (familyName) => {
      const composed = familyName.normalize('NFC');
      const fact = taken({ department: familyName });
      expect(fact).toEqual({ department: composed });
    },
  );

  it('is normalised once: again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(normaliseText(normaliseText(text))).toBe(normaliseText(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is bounded as it is kept', () => {
    const schema = plainTextSchema(5);
    expect(schema.safeParse('e\u0308'.repeat(5)).success).toBe(true);
    expect(schema.safeParse('e\u0308'.repeat(6)).success).toBe(false);
    expect(schema.safeParse('\u200b \u00ad').success).toBe(false);
  });
});

describe('what cannot be text', () => {
  it.each([
    ['NUL', 'Ada\0'],
    ['a line feed', 'Ada\nLovelace'],
    ['a carriage return', 'Ada\rLovelace'],
    ['a line separator', 'Ada\u2028Lovelace'],
    ['a next line', 'Ada\u0085Lovelace'],
    ['an escape', 'Ada\u001b[31m'],
    ['a lone surrogate', 'Ada\ud800'],
    ['an override of direction', 'Ada\u202eecalevoL'],
    ['an isolate', 'Ada\u2066Lovelace'],
  ])('is refused by pointer: %s', (_what, text) => {
    for (const name of ['givenName', 'familyName', 'title', 'department', 'location', 'company', 'costCenter']) {
      expect(taken({ [name]: text })).toEqual({ refused: [`/data/attributes/${name}`] });
    }
    expect(taken({ email: `${text}@acme.example` })).toEqual({ refused: ['/data/attributes/email'] });
    expect(readRow({ identityId: 'E1', title: text }).faults).toMatchObject([{ pointer: '/title' }]);
  });

  it('is refused in a reason, which may have several lines', () => {
    const reasonOf = (reason: string) => read(leaverEvent({ reason })).faults?.map(({ pointer }) => pointer);
    expect(reasonOf('left\0')).toEqual(['/data/reason']);
    expect(reasonOf('left\ud800')).toEqual(['/data/reason']);
    expect(reasonOf('resigned\r\n\tmoving abroad')).toBeUndefined();
  });
});

describe('an e-mail address', () => {
  it.each([
    ['Ada@EXAMPLE.com', 'Ada@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['анна@почта.рф', 'анна@xn--80a1acny.xn--p1ai'],
    ['用户@例子.公司', '用户@xn--fsqu00a.xn--55qx5d'],
    ['zoe\u0308@example.com', 'zo\u00eb@example.com'],
    [' ada@example.com\u200b', 'ada@example.com'],
    ["o'neill+hr_1@a-b.example.com", "o'neill+hr_1@a-b.example.com"],
  ])('%s is taken as %s', (sent, email) => {
    expect(taken({ email: sent })).toEqual({ email });
  });

  it.each([
    'ada',
    '@example.com',
    'ada@',
    'ada@example',
    'ada@@example.com',
    'ada lovelace@example.com',
    'ada@exa mple.com',
    'ada@example.com:25',
    'ada@example.com/path',
    'ada@ex%61mple.com',
    'ada@127.0.0.1',
    'ada@0x7f.1',
    'ada@[::1]',
    'ada@-example.com',
    'ada@example..com',
    'ada@xn--a.example',
    '.ada@example.com',
    'a..da@example.com',
    'ada.@example.com',
    'ada*)(uid=*@example.com',
    '"ada"@example.com',
  ])('%s is refused by pointer', (email) => {
    expect(taken({ email })).toEqual({ refused: ['/data/attributes/email'] });
  });

  it('has at most 254 bytes as it is kept', () => {
    const domain = `@${'d'.repeat(61)}.example`;
    const fitting = 254 - domain.length;
    expect(emailSchema.safeParse(`${'a'.repeat(fitting)}${domain}`).success).toBe(true);
    expect(emailSchema.safeParse(`${'a'.repeat(fitting + 1)}${domain}`).success).toBe(false);
    expect(emailSchema.safeParse(`${'я'.repeat(fitting / 2)}${domain}`).success).toBe(true);
    expect(emailSchema.safeParse(`${'я'.repeat(fitting / 2 + 1)}${domain}`).success).toBe(false);
  });
});
