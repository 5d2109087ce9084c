// What an auditor asks for: the named queries, a sample with its proofs, and that nothing was changed. Queries are run here or,
// as all else, where the auditor is, against the sealed log and its lake; the console says how.
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Multiselect, { type MultiselectProps } from '@cloudscape-design/components/multiselect';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { CONTROLS, type NamedQuery, QUERIES, type QueryParameter } from '../api/audit-queries.ts';
import { RunQuery } from '../evidence/run-query.tsx';
import { CommandLine, shellWord } from '../parts/command-line.tsx';
import { useMay, useSession } from '../session-context.ts';

export function EvidencePage() {
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="A query is run here, or by its command. Each command runs on your own machine, with read access to the log's bucket or to its lake: nothing that this console says has to be believed."
      >
        Evidence
      </Header>
      <Queries />
      <Samples />
      <Verifying />
    </SpaceBetween>
  );
}

function Queries() {
  const options: SelectProps.Option[] = QUERIES.map(({ name, title }) => ({
    value: name,
    label: name,
    description: title,
  }));
  const [name, setName] = useState('access-at');
  const query = QUERIES.find((one) => one.name === name) ?? QUERIES[0];
  return (
    <Container header={<Header variant="h2">Ask the sealed log</Header>}>
      <SpaceBetween size="m">
        <FormField label="Question">
          <Select
            selectedOption={options.find(({ value }) => value === name) ?? null}
            options={options}
            onChange={({ detail }) => setName(detail.selectedOption.value ?? name)}
            filteringType="auto"
            filteringAriaLabel="Filter the questions"
            filteringPlaceholder="Filter"
          />
        </FormField>
        {query !== undefined && <Asking key={query.name} query={query} />}
      </SpaceBetween>
    </Container>
  );
}

function Asking({ query }: { readonly query: NamedQuery }) {
  const { name, title, purpose, fedBy, parameters, example } = query;
  const { settings } = useSession();
  const mayRun = useMay('POST /audit/queries/{name}');
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const given = Object.fromEntries(
    Object.entries(typed).flatMap(([parameter, value]) => (value.trim() === '' ? [] : [[parameter, value.trim()]])),
  );
  const namesPeople = parameters.some(({ kind }) => kind === 'identity' || kind === 'operator');
  const options = parameters.flatMap(({ name: option, otherwise }) => {
    const value = given[option];
    if (value === undefined && otherwise !== undefined) return [];
    return `--${option} ${value === undefined ? `<${option}>` : shellWord(value)}`;
  });
  const api = `--api ${shellWord(new URL(settings.apiUrl, window.location.origin).href)} --token-file token`;
  const command = ['npx tenure audit query', name, ...options, ...(namesPeople ? [api] : [])].join(' ');
  return (
    <SpaceBetween size="m">
      <Box variant="p">
        {title} {purpose.slice(0, 1).toUpperCase()}
        {purpose.slice(1)}
      </Box>
      <ColumnLayout columns={2}>
        {parameters.map((parameter) => (
          <FormField
            key={parameter.name}
            label={parameter.name}
            description={parameter.about}
            constraintText={constraintOf(parameter)}
          >
            <Input
              value={typed[parameter.name] ?? ''}
              onChange={({ detail }) => setTyped({ ...typed, [parameter.name]: detail.value.slice(0, 256) })}
              ariaRequired={parameter.otherwise === undefined}
            />
          </FormField>
        ))}
      </ColumnLayout>
      <CommandLine command={command} name={name} />
      {mayRun && <RunQuery query={query} given={given} />}
      <Box color="text-body-secondary">Fed by: {fedBy}</Box>
      <ExpandableSection headerText="What an answer looks like">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and not everybody has a mouse */}
        <section className="table" tabIndex={0} aria-label="An example of an answer">
          <pre>{example.join('\n')}</pre>
        </section>
      </ExpandableSection>
    </SpaceBetween>
  );
}

const KINDS: Readonly<Record<QueryParameter['kind'], string>> = {
  text: 'A text',
  start: 'A day, or an instant (RFC 3339)',
  end: 'A day, or an instant (RFC 3339)',
  identity: 'An identity',
  operator: 'An operator',
};

function constraintOf({ kind, otherwise }: QueryParameter): string {
  return otherwise === undefined ? `${KINDS[kind]}; needed.` : `${KINDS[kind]}; otherwise ${otherwise}.`;
}

/** In this order, so that the log may grow meanwhile. */
const COPY = [
  'for FOLDER in keys witnessed checkpoints; do aws s3 sync "s3://$BUCKET/$FOLDER/" copy/$FOLDER/; done',
  'aws s3 cp "s3://$BUCKET/checkpoint" copy/checkpoint',
  'aws s3 sync "s3://$BUCKET/" copy/ --exclude "checkpoint*" --exclude "keys/*" --exclude "witnessed/*"',
].join('\n');
const DAY_MS = 86_400_000;

function Samples() {
  const options = CONTROLS.map(({ id, title, framework }) => ({
    value: id,
    label: id,
    description: title,
    tags: [framework],
  }));
  const [chosen, setChosen] = useState<readonly MultiselectProps.Option[]>(options.slice(1, 2));
  const [from, setFrom] = useState(dayBefore(90));
  const [until, setUntil] = useState(dayBefore(0));
  const [seed, setSeed] = useState('');
  const [size, setSize] = useState('25');
  const command = [
    'npx tenure audit evidence --log copy --key log-key.vkey',
    `--control ${chosen.map(({ value }) => value).join(',') || '<control>'}`,
    `--from ${shellWord(from || '<from>')} --until ${shellWord(until || '<until>')}`,
    `--seed ${seed.trim() === '' ? '<seed>' : shellWord(seed.trim())} --sample ${shellWord(size)} --out evidence`,
  ].join(' ');
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Whole populations, what should have followed and did not, and a sample that the seed draws: whoever has the seed draws it again. Each entry of it comes with its proof of inclusion."
        >
          Draw a sample
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ColumnLayout columns={2}>
          <FormField label="Controls">
            <Multiselect
              selectedOptions={chosen}
              options={options}
              onChange={({ detail }) => setChosen(detail.selectedOptions)}
              placeholder="Choose controls"
              deselectAriaLabel={({ label }) => `Take out ${label}`}
            />
          </FormField>
          <FormField label="Seed" constraintText="Your own word: nobody else chose what is in the sample.">
            <Input value={seed} onChange={({ detail }) => setSeed(detail.value.slice(0, 100))} />
          </FormField>
          <FormField label="From" constraintText="A day, in UTC.">
            <Input value={from} onChange={({ detail }) => setFrom(detail.value)} />
          </FormField>
          <FormField label="Until" constraintText="A day, in UTC.">
            <Input value={until} onChange={({ detail }) => setUntil(detail.value)} />
          </FormField>
          <FormField label="Entries of each population">
            <Input
              type="number"
              value={size}
              onChange={({ detail }) => setSize(String(Math.min(Math.max(Math.round(Number(detail.value)), 1), 1_000)))}
            />
          </FormField>
        </ColumnLayout>
        <CommandLine command={command} name="draw a sample" />
      </SpaceBetween>
    </Container>
  );
}

function Verifying() {
  return (
    <Container
      header={
        <Header variant="h2" description="From a copy of the log's bucket, without any of Tenure's servers.">
          Prove that nothing was changed or left out
        </Header>
      }
    >
      <SpaceBetween size="s">
        <CommandLine command={COPY} name="copy the log" />
        <CommandLine command={`npx tenure audit verify --log copy --key "$VERIFIER_KEY"`} name="verify the log" />
        <Box color="text-body-secondary">
          The key is told by other means than the bucket, or was written down at the first audit. A certificate, a pack
          and a sample have their proofs with them, which the same command checks.
        </Box>
      </SpaceBetween>
    </Container>
  );
}

function dayBefore(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
}
