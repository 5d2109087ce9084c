// What a change would do, before anybody makes it: drop access profiles, HR events, or a file of everybody.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type DragEvent, useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { useAct } from '../api/queries.ts';
import { readSimulation } from '../api/read-simulation.ts';
import { EntitlementLink, IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';

/** What API Gateway takes in one body, with room for what else is in it. */
const MAXIMUM_BYTES = 4_000_000;

export function WhatIfPage() {
  const simulate = useAct('POST /simulations');
  const [name, setName] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [isOver, setOver] = useState(false);
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    setName(file.name);
    setError(undefined);
    simulate.reset();
    try {
      if (file.size > MAXIMUM_BYTES) throw new Error(`${file.name} has more than 4 MB: use npx tenure simulate`);
      await simulate.mutateAsync({ body: readSimulation(file.name, await file.text()) });
    } catch (caught) {
      setError(caught);
    }
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Nothing of it happens, and nothing of it is kept.">
        What if
      </Header>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: who uses no mouse has the button inside */}
      <div
        className={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <SpaceBetween size="xs">
          <Box>Drop access profiles (.yaml), HR events (.json), or a file of everybody (.csv, .jsonl) here, or</Box>
          <label>
            choose one:{' '}
            <input
              type="file"
              accept=".yaml,.yml,.json,.csv,.jsonl"
              onChange={({ target }) => {
                void take(target.files?.[0]);
                target.value = '';
              }}
            />
          </label>
          {name !== undefined && <Box color="text-body-secondary">{name}</Box>}
          {simulate.isPending && <Box color="text-body-secondary">Working it out…</Box>}
        </SpaceBetween>
      </div>
      <Problem error={error} />
      {simulate.data && <Outcome answer={simulate.data} />}
    </SpaceBetween>
  );
}

function Outcome({ answer }: { readonly answer: Schemas['SimulationAnswer'] }) {
  const { population, losing, emptied, gaining, changes, people, more, held, faults, at } = answer;
  return (
    <SpaceBetween size="l">
      {held.model && <Held what="The changed model" hold={held.model} />}
      {held.events && <Held what="This delivery" hold={held.events} />}
      {faults.length > 0 && (
        <Alert type="warning" statusIconAriaLabel="Warning" header={`${faults.length} rows would be left out`}>
          <ul>
            {faults.slice(0, 20).map(({ line, pointer, detail }) => (
              <li key={`${line} ${pointer} ${detail}`}>
                Line {line} {pointer}: {detail}
              </li>
            ))}
          </ul>
        </Alert>
      )}
      <Container header={<Header variant="h2">In short</Header>}>
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Looked at', value: population },
            { label: 'Would lose something', value: losing },
            { label: 'Would lose everything', value: emptied },
            { label: 'Would gain something', value: gaining },
            { label: 'As of', value: <Moment at={at} /> },
          ]}
        />
      </Container>
      <Listing
        title="Entitlements"
        what="entitlement"
        heading="h2"
        list={{ items: changes }}
        keyOf={({ entitlement, direction }) => `${direction} ${entitlement}`}
        empty="No entitlement would change."
        columns={[
          {
            id: 'what',
            header: 'Entitlement',
            cell: ({ entitlement }) => <EntitlementLink id={entitlement} />,
            isRowHeader: true,
          },
          { id: 'direction', header: 'Would be', cell: ({ direction }) => (direction === 'loses' ? 'lost' : 'gained') },
          { id: 'privileged', header: 'Privileged', cell: ({ privileged }) => (privileged ? 'yes' : '–') },
          {
            id: 'why',
            header: 'Because of',
            cell: ({ because }) => because.map(({ reason, identities }) => `${reason} (${identities})`).join(', '),
          },
        ]}
      />
      <Listing
        title="People"
        what="identity"
        heading="h2"
        description={more > 0 ? `The most affected; ${more} others would change, too.` : undefined}
        list={{ items: people }}
        keyOf={({ identityId }) => identityId}
        empty="Nobody's access would change."
        columns={[
          { id: 'who', header: 'Who', cell: ({ identityId }) => <IdentityLink id={identityId} />, isRowHeader: true },
          { id: 'loses', header: 'Loses', cell: ({ loses }) => loses.join(', ') || '–' },
          { id: 'gains', header: 'Gains', cell: ({ gains }) => gains.join(', ') || '–' },
          { id: 'hand', header: 'By hand', cell: ({ byHand }) => byHand.join(', ') || '–' },
          {
            id: 'duties',
            header: 'Duties',
            cell: ({ begins, ends }) =>
              [...begins.map((rule) => `begins ${rule}`), ...ends.map((rule) => `ends ${rule}`)].join(', ') || '–',
          },
        ]}
      />
    </SpaceBetween>
  );
}

interface HeldProps {
  readonly what: string;
  readonly hold: NonNullable<Schemas['SimulationAnswer']['held']['model']>;
}

function Held({ what, hold: { rule, count, threshold, applicationId } }: HeldProps) {
  return (
    <Alert type="warning" statusIconAriaLabel="Warning" header={`${what} would be held until somebody agrees`}>
      {rule} {applicationId}: {count} identities, held from {threshold} on.
    </Alert>
  );
}
