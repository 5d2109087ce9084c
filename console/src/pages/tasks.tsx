// What people do by hand, and their word that it is done.
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { useAct, useList } from '../api/queries.ts';
import { Choose } from '../parts/choose.tsx';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { SendFile } from '../parts/send-file.tsx';
import { Status } from '../parts/status.tsx';
import { useMay, useSession } from '../session-context.ts';

/** What the API takes. */
const MAXIMUM_EVIDENCE_BYTES = 4_000_000;
const EVIDENCE_TYPES = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  eml: 'message/rfc822',
  csv: 'text/csv',
  txt: 'text/plain',
};
const STATUSES = ['open', 'done', 'superseded'] as const;

export function TasksPage() {
  const [status, setStatus] = useState<(typeof STATUSES)[number]>('open');
  const { identityId: own } = useSession();
  const mayAttest = useMay('POST /tasks/{id}/attestation') && own !== undefined;
  const list = useList('GET /tasks', { query: { status } });
  const attest = useAct('POST /tasks/{id}/attestation');
  const addEvidence = useAct('POST /tasks/{id}/evidence');
  return (
    <Listing
      title="Tasks"
      what="task"
      description="Systems without a connector are worked in by people. A leaver is proven only when they have attested."
      list={list}
      keyOf={({ taskId }) => taskId}
      empty={`No task is ${status}.`}
      filter={<Choose label="Status" among={STATUSES} chosen={status} choose={setStatus} />}
      columns={[
        {
          id: 'what',
          header: 'What',
          cell: ({ applicationId, steps, instructions }) => (
            <SpaceBetween size="xxs">
              <strong>{applicationId}</strong>
              <span>{steps.map(({ action, grant }) => [action, grant].filter(Boolean).join(' ')).join(', ')}</span>
              <Box color="text-body-secondary" fontSize="body-s">
                {instructions}
              </Box>
            </SpaceBetween>
          ),
          isRowHeader: true,
        },
        { id: 'for', header: 'For', cell: ({ identityId }) => <IdentityLink id={identityId} /> },
        { id: 'assignee', header: 'Assigned to', cell: ({ assignee }) => assignee },
        {
          id: 'due',
          header: status === 'done' ? 'Attested' : 'Due',
          cell: ({ dueAt, overdue, attestedAt, attestedBy }) =>
            attestedAt === undefined ? (
              <>
                {overdue && <Status of="overdue" />} <Moment at={dueAt} relative />
              </>
            ) : (
              <>
                <Moment at={attestedAt} /> by {attestedBy}
              </>
            ),
        },
        {
          id: 'act',
          header: 'Evidence',
          cell: ({
            taskId,
            status: stands,
            evidence,
            evidenceRequired,
            files = [],
            identityId,
            applicationId,
            first,
          }) =>
            stands === 'open' && mayAttest && identityId !== own ? (
              <SpaceBetween size="xs">
                {first?.by !== own && (
                  <ReasonedAct
                    text={first === undefined ? 'It is done' : 'Confirm'}
                    title={`Attest: ${applicationId} for ${identityId}`}
                    label="What shows it"
                    required={false}
                    maximum={2_000}
                    act={(shown) =>
                      attest.mutateAsync({
                        path: { id: taskId },
                        body: { outcome: 'done', ...(shown && { evidence: shown }) },
                      })
                    }
                  >
                    Every step was carried out. It is final, and kept with your name.
                  </ReasonedAct>
                )}
                {evidenceRequired && files.length === 0 && <Status of="overdue" text="it takes a file that shows it" />}
                <SendFile
                  text="Add a file"
                  ariaLabel={`Add a file that shows it: ${applicationId} for ${identityId}`}
                  types={EVIDENCE_TYPES}
                  maximumBytes={MAXIMUM_EVIDENCE_BYTES}
                  send={async (file) => {
                    const { sha256 } = await addEvidence.mutateAsync({ path: { id: taskId }, file });
                    return `Kept as ${sha256.slice(0, 12)}…`;
                  }}
                />
                <Files files={files} />
              </SpaceBetween>
            ) : (
              <>
                {[
                  evidence ?? first?.evidence ?? '–',
                  first && stands === 'open' && 'A second person has to confirm it.',
                ]
                  .filter(Boolean)
                  .join(' ')}
                <Files files={files} />
              </>
            ),
        },
      ]}
    />
  );
}

function Files({ files }: { readonly files: NonNullable<Schemas['Task']['files']> }) {
  return files.map(({ sha256, mediaType, addedBy, addedAt }) => (
    <Box key={sha256} color="text-body-secondary" fontSize="body-s">
      {mediaType}, SHA-256 {sha256.slice(0, 12)}…, by {addedBy}, <Moment at={addedAt} />
    </Box>
  ));
}
