// What a column of a lake may be, and a value in it: of both lakes, that of the sealed log and that of activity.

export type ColumnType =
  | 'boolean'
  | 'int'
  | 'bigint'
  | 'string'
  | { readonly list: 'string' }
  | { readonly struct: Readonly<Record<string, ColumnType>> };

export type Cell = string | number | boolean | undefined | readonly string[] | { readonly [member: string]: Cell };

/** As Glue and Athena write it. */
export function glueType(type: ColumnType): string {
  if (typeof type === 'string') return type;
  if ('list' in type) return `array<${type.list}>`;
  const members = Object.entries(type.struct).map(([name, member]) => `${name}:${glueType(member)}`);
  return `struct<${members.join(',')}>`;
}
