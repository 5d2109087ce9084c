// Asking for access: for oneself, for a report, or, as operations, for anybody.
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useAct } from '../api/queries.ts';
import { EntitlementInput } from '../parts/entitlement-input.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSession } from '../session-context.ts';

export function NewRequestPage() {
  const { for: given = '', what = '' } = useSearch({ strict: false }) as {
    readonly for?: string;
    readonly what?: string;
  };
  const { roles, identityId } = useSession();
  const navigate = useNavigate();
  const submit = useAct('POST /requests');
  const [entitlement, setEntitlement] = useState(what);
  const [whom, setWhom] = useState(given);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [emergency, setEmergency] = useState(false);
  const mayNameOthers = roles.some((role) => role !== 'employee');
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const isForOther = whom.trim() !== '' && whom.trim() !== identityId;
    const { requestId } = await submit.mutateAsync({
      body: {
        entitlement: entitlement.trim(),
        reason: reason.trim(),
        ...(isForOther && { for: whom.trim() }),
        ...(until !== '' && { endsAt: endOfDay(until) }),
        ...(emergency && { emergency }),
      },
    });
    await navigate({ to: '/requests/$id', params: { id: requestId } });
  };
  return (
    <form onSubmit={(event) => void send(event).catch(() => undefined)}>
      <Form
        header={
          <Header variant="h1" description="It ends when its reason does: a date, a decision, or the employment.">
            Ask for access
          </Header>
        }
        actions={
          <Button variant="primary" formAction="submit" loading={submit.isPending} disabled={!entitlement || !reason}>
            Ask
          </Button>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <Problem error={submit.error} />
            <FormField label="What" constraintText="application:entitlement, for example github:admin.">
              <EntitlementInput value={entitlement} change={setEntitlement} />
            </FormField>
            {mayNameOthers && (
              <FormField
                label="For whom (optional)"
                constraintText="The id of one of your reports, or of what you own."
              >
                <Input value={whom} onChange={({ detail }) => setWhom(detail.value)} placeholder="yourself" />
              </FormField>
            )}
            <FormField label="Why" constraintText="Whoever decides sees it, and it is kept.">
              <Textarea value={reason} onChange={({ detail }) => setReason(detail.value.slice(0, 500))} ariaRequired />
            </FormField>
            <FormField label="Until (optional)" constraintText="The end of that day, in your time zone.">
              <DatePicker
                value={until}
                onChange={({ detail }) => setUntil(detail.value)}
                placeholder="YYYY/MM/DD"
                openCalendarAriaLabel={(selected) => `Choose a date${selected ? `, chosen is ${selected}` : ''}`}
              />
            </FormField>
            <Checkbox
              checked={emergency}
              onChange={({ detail }) => setEmergency(detail.checked)}
              description="Given at once and for a short time; people are told first, and somebody else reviews it."
            >
              It is an emergency
            </Checkbox>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

function endOfDay(date: string): string {
  return new Date(`${date}T23:59:59`).toISOString();
}
