// What a verification found, for people and for programs. Names come from a copy that nobody vouches for, so whatever a
// terminal would obey is spelt out.
import type { KnownKeys } from '../lambdas/core/audit/verify/known-keys.ts';
import type { Verification } from '../lambdas/core/audit/verify/verify-log.ts';

export const VERIFICATION_FORMATS = ['text', 'json'] as const;
export type VerificationFormat = (typeof VERIFICATION_FORMATS)[number];

export interface GivenKeys {
  readonly vkeys: readonly string[];
  /** Whether they are the copy's own. */
  readonly own: boolean;
}

const OWN_KEY_REMARK =
  "the key is the copy's own log.vkey, which whoever altered the copy could have altered too: by itself it proves nothing." +
  ' Give --key, as you were told it by other means';

export function renderVerification(verification: Verification, keys: GivenKeys, format: VerificationFormat): string {
  const remarks = keys.own ? [OWN_KEY_REMARK, ...verification.remarks] : verification.remarks;
  return format === 'json' ? asJson({ ...verification, remarks }, keys) : asText({ ...verification, remarks }, keys);
}

function asJson({ head, keys, checked, faultCount, faults, remarks }: Verification, { vkeys, own }: GivenKeys): string {
  const root = head && Buffer.from(head.root).toString('base64');
  const checkpoint = head && { origin: head.origin, size: head.size, root, place: head.place, signed: head.signed };
  const answer = {
    format: 'tenure-audit-verification',
    version: 1,
    verified: faultCount === 0,
    keys: vkeys,
    ownKey: own,
    ...(keys.ends.length > 0 && { announcedKeys: keysInForce(keys) }),
  };
  return JSON.stringify(
    { ...answer, checkpoint: checkpoint ?? null, checked, faultCount, faults, remarks },
    undefined,
    2,
  );
}

function asText({ head, keys, checked, faultCount, faults, remarks }: Verification, { vkeys }: GivenKeys): string {
  const { entries, checkpoints, objects, subjects, details, lake, witnessed } = checked;
  const lines = [
    faultCount === 0
      ? `Verified: ${entries} entries are what was sealed${lakeHas(checked)}.`
      : `NOT verified: ${counted(faultCount, 'fault')}.`,
    '',
    ...(head === undefined ? [] : [`log         ${head.origin}`]),
    ...(head === undefined
      ? []
      : [`checkpoint  ${head.size} entries, root ${Buffer.from(head.root).toString('base64')}`]),
    ...(keys.ends.length === 0
      ? vkeys.map((vkey) => `key         ${vkey}`)
      : keysInForce(keys).map(
          ({ key, after }) => `key         ${key}, for what comes after the first ${after} entries`,
        )),
    `checked     ${counted(entries, 'entry', 'entries')} of ${counted(subjects, 'subject')}, ${counted(checkpoints, 'checkpoint')}, ` +
      `${counted(objects, 'object')}, ${counted(details, 'detail')}`,
    ...(witnessed === undefined
      ? []
      : [
          `witnessed   the first ${counted(witnessed.size, 'entry', 'entries')}, by ${counted(witnessed.witnesses, 'witness', 'witnesses')}, ` +
            `enough of them at ${witnessed.at}`,
        ]),
    ...(lake === undefined
      ? []
      : [
          `lake        ${counted(lake.rows, 'row')} of the first ${counted(lake.entries, 'entry', 'entries')} in ` +
            counted(lake.objects, 'object'),
        ]),
    ...faults.map(({ kind, message }) => `FAULT       ${kind}: ${message}`),
    ...(faultCount > faults.length ? [`            and ${counted(faultCount - faults.length, 'more fault')}`] : []),
    ...remarks.map((remark) => `remark      ${remark}`),
  ];
  return lines.map(withoutControl).join('\n');
}

/** In their order: each up to where the next one begins. */
export function keysInForce({ vkeys, ends }: KnownKeys): readonly { readonly key: string; readonly after: number }[] {
  return vkeys.map((key, index) => ({ key, after: ends[index - 1] ?? 0 }));
}

function lakeHas({ entries, lake }: Verification['checked']): string {
  if (lake === undefined) return '';
  return lake.entries === entries
    ? ', and the lake has their rows'
    : `, and the lake has those of the first ${lake.entries}`;
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

function withoutControl(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
