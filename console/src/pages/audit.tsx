// The audit log by what an entry is about.
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useState } from 'react';
import { useList } from '../api/queries.ts';
import { Entries } from '../parts/audit-trail.tsx';
import { Choose } from '../parts/choose.tsx';

const KINDS = ['deployment', 'identity', 'operator', 'application', 'hr-source', 'hold'] as const;
type Kind = (typeof KINDS)[number];

interface Subject {
  readonly kind: Kind;
  readonly id: string;
  readonly reads: boolean;
}

/** The one deployment's own id. */
const DEPLOYMENT = 'tenure';

export function AuditPage() {
  const [kind, setKind] = useState<Kind>('deployment');
  const [id, setId] = useState('');
  const [reads, setReads] = useState(false);
  const [asked, setAsked] = useState<Subject>({ kind: 'deployment', id: DEPLOYMENT, reads: false });
  const ask = (event: FormEvent) => {
    event.preventDefault();
    setAsked({ kind, id: kind === 'deployment' ? DEPLOYMENT : id.trim(), reads });
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Every entry is sealed: npx tenure audit verify proves offline that none was changed or left out."
      >
        Audit log
      </Header>
      <form onSubmit={ask}>
        <SpaceBetween direction="horizontal" size="m" alignItems="end">
          <FormField label="About">
            <Choose among={KINDS} chosen={kind} choose={setKind} />
          </FormField>
          {kind !== 'deployment' && (
            <FormField label="Its id">
              <Input value={id} onChange={({ detail }) => setId(detail.value)} ariaRequired />
            </FormField>
          )}
          <Checkbox checked={reads} onChange={({ detail }) => setReads(detail.checked)}>
            Who was shown it
          </Checkbox>
          <Button formAction="submit" variant="primary">
            Show
          </Button>
        </SpaceBetween>
      </form>
      {asked.id !== '' && <Log key={JSON.stringify(asked)} subject={asked} />}
    </SpaceBetween>
  );
}

function Log({ subject: { kind, id, reads } }: { readonly subject: Subject }) {
  const list = useList('GET /audit', { query: { kind, id, ...(reads && { reads: 'true' }) } });
  return <Entries title={`${kind} ${id}`} heading="h2" list={list} />;
}
