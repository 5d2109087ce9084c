// Text that looks the same is the same: names, places and addresses are brought into one form when they are taken in, so
// that nobody has two departments of one name, and an invisible character in an address makes nobody somebody else.
import * as z from 'zod';

/** Scripts in which a zero-width (non-)joiner changes how a word looks: Persian and Indic names need it. */
const JOINING = ['Arabic', 'Syriac', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu']
  .concat(['Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar'])
  .map((script) => `\\p{Script=${script}}`)
  .join('');
const STRAY_JOINER = new RegExp(`(?<![${JOINING}])[\\u200c\\u200d]|[\\u200c\\u200d](?![${JOINING}])`, 'gu');
/** Variants of one ideograph do differ in print, and people insist on theirs. */
const STRAY_VARIANT = /(?<!\p{Script=Han})[\u{e0100}-\u{e01ef}]/gu;
/** What is never printed, but for the characters above and those that cannot be text. */
const INVISIBLE =
  /(?!\u200c|\u200d|[\u202a-\u202e\u2066-\u2069]|[\u{e0100}-\u{e01ef}])\p{Default_Ignorable_Code_Point}/gu;

/** Controls (NUL and line breaks among them), lone surrogates, and what makes text read in another order than it is. */
const NO_TEXT = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const NO_PROSE = /(?![\t\r\n])[\p{Cc}\p{Cs}]/u;

/** Unicode NFC, without what is never seen, without space around it, and with one space for several. */
export function normaliseText(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(STRAY_JOINER, '')
    .replace(STRAY_VARIANT, '')
    .normalize('NFC')
    .trim()
    .replace(/[\t\p{Zs}]+/gu, ' ');
}

/** One line of text, at most `maximum` UTF-16 code units once normalised. */
export function plainTextSchema(maximum: number) {
  return z
    .string()
    .overwrite(normaliseText)
    .min(1)
    .max(maximum)
    .refine((text) => !NO_TEXT.test(text), 'expected one line of text without control characters');
}

/** What a person wrote, over several lines perhaps. */
export function proseSchema(maximum: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maximum)
    .refine((text) => !NO_PROSE.test(text), 'expected text without control characters');
}

/** RFC 5321 section 4.5.3.1.3, less the angle brackets. */
const MAXIMUM_EMAIL_BYTES = 254;
const LOCAL_PART = /^(?!\.)(?!.*\.\.)[\p{L}\p{M}\p{N}_'+\-.]*[\p{L}\p{M}\p{N}_+-]$/u;
/** What a domain is written with; the URL parser would read a port, a path or an escape in anything more. */
const DOMAIN_AS_SENT = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;
const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9][a-z0-9-]{0,62}\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

/** An address (RFC 6531): its domain in lower case and in ASCII, as mail servers look it up. */
export const emailSchema = z
  .string()
  .overwrite(normaliseEmail)
  .refine(isEmail, 'expected an e-mail address')
  .refine((email) => new TextEncoder().encode(email).length <= MAXIMUM_EMAIL_BYTES, {
    error: `expected at most ${MAXIMUM_EMAIL_BYTES} bytes`,
  })
  .meta({ format: 'idn-email', maxLength: MAXIMUM_EMAIL_BYTES });

function normaliseEmail(text: string): string {
  const email = normaliseText(text);
  const at = email.lastIndexOf('@');
  return at < 0 ? email : `${email.slice(0, at)}@${domainInAscii(email.slice(at + 1))}`;
}

/** By UTS #46, as browsers do; what is no domain stays as it was. */
function domainInAscii(domain: string): string {
  if (domain.length > MAXIMUM_EMAIL_BYTES || !DOMAIN_AS_SENT.test(domain)) return domain;
  return hostOf(domain) ?? domain;
}

function hostOf(domain: string): string | undefined {
  return URL.parse(`http://${domain}`)?.hostname;
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  return at > 0 && LOCAL_PART.test(text.slice(0, at)) && DOMAIN.test(domain) && hostOf(domain) === domain;
}
