// The offboarding certificate, to be read, printed or kept.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { saveAs } from '../parts/save-as.ts';

export function CertificatePage() {
  const { id = '' } = useParams({ strict: false });
  const { data, error, isPending } = useAnswer('GET /certificates/{id}', { path: { id } });
  if (isPending) return <Box color="text-body-secondary">Asking the API…</Box>;
  if (data === undefined) return <Problem error={error} />;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h1"
            description={data.certificateId}
            actions={
              <span className="no-print">
                <SpaceBetween direction="horizontal" size="xs">
                  <Button onClick={() => saveAs(`${data.certificateId}.json`, JSON.stringify(data, null, 2))}>
                    Download
                  </Button>
                  <Button onClick={() => window.print()}>Print</Button>
                </SpaceBetween>
              </span>
            }
          >
            Offboarding certificate
          </Header>
        }
      >
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Identity', value: <IdentityLink id={data.identityId} /> },
            { label: 'HR’s word accepted', value: <Moment at={data.acceptedAt} /> },
            { label: 'Departure took effect', value: <Moment at={data.departedAt} /> },
            { label: 'Last access possible', value: <Moment at={data.lastAccessAt} /> },
            { label: 'Proven', value: <Moment at={data.provenAt} /> },
            { label: 'Handed over', value: data.handedOver.join(', ') || 'nothing' },
          ]}
        />
      </Container>
      <Applications certificate={data} />
      {data.notProven !== undefined && data.notProven.length > 0 && (
        <Listing
          title="Not proven"
          what="system"
          heading="h2"
          list={{ items: data.notProven }}
          keyOf={({ applicationId }) => applicationId}
          empty="Everything is proven."
          columns={[
            { id: 'application', header: 'System', cell: ({ applicationId }) => applicationId, isRowHeader: true },
            { id: 'why', header: 'Why', cell: ({ why }) => why },
            { id: 'read', header: 'Last read', cell: ({ lastReadAt }) => <Moment at={lastReadAt} /> },
          ]}
        />
      )}
      {data.attestations.length > 0 && (
        <Listing
          title="Attested by people"
          what="attestation"
          heading="h2"
          list={{ items: data.attestations }}
          keyOf={({ taskId }) => taskId}
          empty="Nothing was attested."
          columns={[
            { id: 'application', header: 'System', cell: ({ applicationId }) => applicationId, isRowHeader: true },
            { id: 'by', header: 'By', cell: ({ attestedBy }) => attestedBy },
            { id: 'at', header: 'When', cell: ({ attestedAt }) => <Moment at={attestedAt} /> },
            { id: 'evidence', header: 'Evidence', cell: ({ evidence }) => evidence ?? '–' },
          ]}
        />
      )}
    </SpaceBetween>
  );
}

function Applications({ certificate: { applications } }: { readonly certificate: Schemas['Certificate'] }) {
  return (
    <Listing
      title="Systems"
      what="system"
      heading="h2"
      list={{ items: applications }}
      keyOf={({ applicationId }) => applicationId}
      empty="There was no system with access."
      columns={[
        { id: 'application', header: 'System', cell: ({ applicationId }) => applicationId, isRowHeader: true },
        { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => outcome },
        {
          id: 'removed',
          header: 'Removed',
          cell: ({ removed, truncated }) =>
            `${removed.map(({ action, what }) => [action, what].filter(Boolean).join(' ')).join(', ') || 'nothing'}${truncated ? ', and more' : ''}`,
        },
        { id: 'disabled', header: 'Sign-in refused', cell: ({ disabledAt }) => <Moment at={disabledAt} /> },
        { id: 'last', header: 'Last access possible', cell: ({ lastAccessAt }) => <Moment at={lastAccessAt} /> },
        { id: 'verified', header: 'Read back', cell: ({ verifiedAt }) => <Moment at={verifiedAt} /> },
        { id: 'proof', header: 'Whose word', cell: ({ provenBy }) => provenBy ?? '–' },
      ]}
    />
  );
}
