// An instant in the viewer's own zone; in UTC for who points at it.
const SHOWN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

export function Moment({ at, relative = false }: { readonly at: string | undefined; readonly relative?: boolean }) {
  if (at === undefined) return <>–</>;
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return <>{at}</>;
  return (
    <time dateTime={at} title={`${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`}>
      {SHOWN.format(ms)}
      {relative && ` (${sinceOrUntil(ms)})`}
    </time>
  );
}

const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)/;

/** A line of the API, with its instants as people read them. */
export function WithMoments({ line }: { readonly line: string }) {
  return line.split(INSTANT).map((part, index) => {
    const key = `${index} ${part}`;
    return INSTANT.test(part) ? <Moment key={key} at={part} /> : <span key={key}>{part}</span>;
  });
}

export function sinceOrUntil(ms: number): string {
  const seconds = Math.round((ms - Date.now()) / 1000);
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return RELATIVE.format(Math.trunc(seconds / length), unit);
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 6) / 10} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 8_640) / 10} d`;
}
