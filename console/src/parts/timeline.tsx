// The facts about one identity, drawn along the time at which they take effect.

import type { Schemas } from '../api/contract.ts';
import { IdentityLink } from './links.tsx';
import { Listing } from './listing.tsx';
import { Moment } from './moment.tsx';
import { Status } from './status.tsx';

export type Fact = Schemas['Identity']['timeline'][number];

const WIDTH = 1_000;
const HEIGHT = 92;
const EDGE = 24;
const DAY_MS = 86_400_000;
const LABELLED = new Set(['joiner', 'mover', 'leaver', 'suspension', 'return', 'access-granted', 'merged']);

export function instantOf({ effectiveInstant, receivedAt }: Fact): number {
  return Date.parse(effectiveInstant ?? receivedAt);
}

/** From the first fact to now, or to the last that is to come. */
export function spanOf(facts: readonly Fact[]): { readonly fromMs: number; readonly toMs: number } {
  const instants = facts.map(instantOf).filter((ms) => !Number.isNaN(ms));
  const fromMs = Math.min(...instants, Date.now() - DAY_MS);
  return { fromMs, toMs: Math.max(...instants, Date.now()) };
}

interface TimelineProps {
  readonly facts: readonly Fact[];
  readonly at: string | undefined;
  readonly asList?: boolean;
}

export function Timeline({ facts, at, asList = false }: TimelineProps) {
  if (asList) return <FactList facts={facts} />;
  const { fromMs, toMs } = spanOf(facts);
  const x = (ms: number) => EDGE + ((ms - fromMs) / Math.max(1, toMs - fromMs)) * (WIDTH - 2 * EDGE);
  const ordered = [...facts].sort((a, b) => instantOf(a) - instantOf(b));
  const summary = ordered.map(({ type, effectiveInstant, receivedAt }) => `${type} ${effectiveInstant ?? receivedAt}`);
  const asked = at === undefined ? Date.now() : Date.parse(at);
  return (
    <svg className="timeline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Facts: ${summary.join('; ')}`}>
      <line className="axis" x1={EDGE} x2={WIDTH - EDGE} y1={52} y2={52} />
      <Employments facts={ordered} toMs={toMs} x={x} />
      <line className="asked" x1={x(asked)} x2={x(asked)} y1={24} y2={66} />
      <Labels facts={ordered} x={x} />
      {ordered.map((fact) => (
        <circle
          key={fact.factId}
          className={fact.rescindedBy || fact.outweighed ? 'fact rescinded' : 'fact'}
          cx={x(instantOf(fact))}
          cy={52}
          r={6}
        >
          <title>{`${fact.type}, ${fact.effectiveInstant ?? fact.receivedAt}, ${fact.source}`}</title>
        </circle>
      ))}
      <text x={EDGE} y={86}>
        {new Date(fromMs).toLocaleDateString()}
      </text>
      <text x={WIDTH - EDGE} y={86} textAnchor="end">
        {new Date(toMs).toLocaleDateString()}
      </text>
    </svg>
  );
}

/** Where the names would overlap, the later one is left to the list. */
function Labels({ facts, x }: { readonly facts: readonly Fact[]; readonly x: (ms: number) => number }) {
  let free = 0;
  const shown = facts.flatMap((fact) => {
    const width = fact.type.length * 7;
    const left = Math.min(Math.max(x(instantOf(fact)) - width / 2, 0), WIDTH - width);
    if (!LABELLED.has(fact.type) || left < free) return [];
    free = left + width + 10;
    return [{ fact, left }];
  });
  return shown.map(({ fact, left }) => (
    <text key={fact.factId} x={left} y={36}>
      {fact.type}
    </text>
  ));
}

/** From each joiner to the leaver after it. */
function Employments({ facts, toMs, x }: { facts: readonly Fact[]; toMs: number; x: (ms: number) => number }) {
  const counted = facts.filter(({ rescindedBy, outweighed }) => !rescindedBy && !outweighed);
  const spans = counted.flatMap((fact, index) => {
    if (fact.type !== 'joiner') return [];
    const end = counted.slice(index).find(({ type }) => type === 'leaver');
    return [{ fromMs: instantOf(fact), toMs: end === undefined ? toMs : instantOf(end), id: fact.factId }];
  });
  return spans.map((span) => (
    <rect
      key={span.id}
      className="span"
      x={x(span.fromMs)}
      y={46}
      width={Math.max(0, x(span.toMs) - x(span.fromMs))}
      height={12}
      rx={6}
    />
  ));
}

function FactList({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <Listing
      title="Facts"
      what="fact"
      heading="h2"
      list={{ items: facts }}
      keyOf={({ factId }) => factId}
      empty="Nothing is known yet."
      columns={[
        {
          id: 'type',
          header: 'What',
          cell: ({ type, rescindedBy, outweighed, held }) => (
            <>
              {type} {rescindedBy && <Status of="withdrawn" text="taken back" />}
              {outweighed && <Status of="withdrawn" text="outweighed" />}
              {held && <Status of="open" text="held" />}
            </>
          ),
          isRowHeader: true,
        },
        {
          id: 'effective',
          header: 'Takes effect',
          cell: (fact) => <Moment at={new Date(instantOf(fact)).toISOString()} />,
        },
        { id: 'received', header: 'Received', cell: ({ receivedAt }) => <Moment at={receivedAt} /> },
        { id: 'source', header: 'From', cell: ({ source }) => source },
        { id: 'about', header: 'About', cell: (fact) => <About fact={fact} /> },
      ]}
    />
  );
}

function About({ fact }: { readonly fact: Fact }) {
  const { attributes, entitlement, reason, successor, endsAt, cause } = fact;
  const changed = Object.entries(attributes ?? {}).map(([name, value]) => `${name}: ${value ?? 'none'}`);
  return (
    <>
      {[entitlement, ...changed, reason && `“${reason}”`, cause].filter(Boolean).join(', ') || '–'}
      {successor && (
        <>
          {' '}
          successor <IdentityLink id={successor} />
        </>
      )}
      {endsAt && (
        <>
          {' '}
          until <Moment at={endsAt} />
        </>
      )}
    </>
  );
}
