// Opening a campaign: first what it would look at and whom it would ask, then that it is opened, with a reason.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { type Because, wordsFor } from '../reviews/review-words.ts';

type Preview = Schemas['CampaignPreview'];
type Asked = { readonly campaign: string } | { readonly definition: Schemas['CampaignDefinition'] };

export function NewCampaignPage() {
  const navigate = useNavigate();
  const preview = useAct('POST /review-campaigns/previews');
  const open = useAct('POST /review-campaigns');
  const [campaign, setCampaign] = useState('');
  const [definition, setDefinition] = useState('');
  const [error, setError] = useState<unknown>();
  const [asked, setAsked] = useState<Asked>();
  const look = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      const given: Asked =
        campaign.trim() === '' ? { definition: JSON.parse(definition) } : { campaign: campaign.trim() };
      await preview.mutateAsync({ body: given });
      setAsked(given);
    } catch (caught) {
      setAsked(undefined);
      setError(caught);
    }
  };
  const begin = async (reason: string) => {
    if (asked === undefined) return;
    const { campaignId } = await open.mutateAsync({ body: { ...asked, reason } });
    await navigate({ to: '/campaigns/$id', params: { id: campaignId } });
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Nothing is asked of anybody before you have seen how much it is."
        actions={
          asked !== undefined && (
            <ReasonedAct text="Open it" variant="primary" title="Open the campaign" act={begin}>
              The population is fixed and hashed first; then everybody is asked.
            </ReasonedAct>
          )
        }
      >
        Open a campaign
      </Header>
      <Container>
        <form onSubmit={(event) => void look(event)}>
          <SpaceBetween size="m">
            <FormField label="A campaign of the access model" constraintText="Its id in access-model/reviews.yaml.">
              <Input value={campaign} onChange={({ detail }) => setCampaign(detail.value)} />
            </FormField>
            <FormField
              label="Or one of its own"
              constraintText="JSON: name, scope, stages, noAnswer and more, as in reviews.yaml."
            >
              <Textarea
                value={definition}
                onChange={({ detail }) => setDefinition(detail.value)}
                disabled={campaign.trim() !== ''}
                rows={4}
              />
            </FormField>
            <Problem error={error} />
            <Button formAction="submit" loading={preview.isPending} disabled={!campaign.trim() && !definition.trim()}>
              What would it ask?
            </Button>
          </SpaceBetween>
        </form>
      </Container>
      {asked !== undefined && preview.data !== undefined && <PreviewOf preview={preview.data} />}
    </SpaceBetween>
  );
}

function PreviewOf({ preview }: { readonly preview: Preview }) {
  const { complete, people, items, asked, askedBecause, settled, stages, applications, exclusions, noAnswer } = preview;
  return (
    <>
      {!complete && (
        <Alert type="info" statusIconAriaLabel="Information">
          Not everybody could be looked at in one answer: the numbers are of {preview.lookedAt} identities.
        </Alert>
      )}
      <Container header={<Header variant="h2">{preview.name}</Header>}>
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'People', value: people },
            { label: 'Items', value: items },
            { label: 'Asked', value: asked },
            { label: 'Settled by the policy', value: settled.byPolicy },
            { label: 'Excluded', value: settled.excluded },
            {
              label: 'Asked because',
              value: Object.entries(askedBecause)
                .map(([because, count]) => `${wordsFor(because as Because)}: ${count}`)
                .join(', '),
            },
            { label: 'Nobody answers', value: `privileged: ${noAnswer.privileged}, others: ${noAnswer.others}` },
          ]}
        />
      </Container>
      {stages.map(({ reviewers, days, each, more }, at) => (
        <Listing
          // biome-ignore lint/suspicious/noArrayIndexKey: stages have no other name than their place
          key={at}
          title={`Stage ${at + 1}: ${reviewers}, ${days} days`}
          what="reviewer"
          heading="h2"
          description={more > 0 && `${more} more are asked.`}
          list={{ items: each }}
          keyOf={({ reviewer }) => reviewer}
          empty="Nobody is asked."
          columns={[
            { id: 'who', header: 'Who', cell: ({ reviewer, name }) => name ?? reviewer, isRowHeader: true },
            { id: 'people', header: 'People', cell: (one) => one.people },
            { id: 'items', header: 'Items', cell: (one) => one.items },
            { id: 'much', header: 'Too many', cell: ({ overloaded }) => (overloaded ? 'yes: others take some' : '–') },
          ]}
        />
      ))}
      <Listing
        title="Applications"
        what="application"
        heading="h2"
        list={{ items: applications }}
        keyOf={({ applicationId }) => applicationId}
        empty="None."
        columns={[
          { id: 'name', header: 'Application', cell: ({ name }) => name, isRowHeader: true },
          { id: 'items', header: 'Items', cell: (one) => one.items },
          { id: 'asked', header: 'Asked', cell: (one) => one.asked },
        ]}
      />
      {exclusions.length > 0 && (
        <Listing
          title="Exclusions"
          what="exclusion"
          heading="h2"
          list={{ items: exclusions }}
          keyOf={({ identity, entitlement, reason }) => `${identity} ${entitlement} ${reason}`}
          empty="None."
          columns={[
            {
              id: 'what',
              header: 'What',
              cell: ({ identity, entitlement }) => identity ?? entitlement ?? '–',
              isRowHeader: true,
            },
            { id: 'why', header: 'Why', cell: ({ reason }) => reason },
            { id: 'by', header: 'By', cell: ({ by }) => by },
            { id: 'items', header: 'Items', cell: (one) => one.items },
          ]}
        />
      )}
    </>
  );
}
