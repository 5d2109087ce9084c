// What every service desk must do that manual tasks are mirrored in: one suite, run against the real one.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceDesk, TicketRequest } from '../../../lambdas/connectors/contract/connector.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import type { FaultInput } from '../../../local/targets/faults.ts';

export interface RunningDesk {
  connect(options?: { readonly wrongCredentials?: boolean; readonly callTimeoutMs?: number }): Promise<ServiceDesk>;
  /** As somebody who works there, past the connector; returns the user's name. */
  resolve(ticketId: string): Promise<string>;
  /** Decides there that it will not be done. */
  reject(ticketId: string): Promise<void>;
  countTickets(taskId: string): Promise<number>;
  /** What whoever works on it reads. */
  readText(ticketId: string): Promise<string>;
  addFault(fault: FaultInput): void;
  clearFaults(): void;
  readonly secrets: readonly string[];
  stop(): Promise<void>;
}

let counter = 0;

export function describeServiceDesk(type: string, start: () => Promise<RunningDesk>): void {
  describe(`the service desk contract of ${type}`, () => {
    let running: RunningDesk;
    let desk: ServiceDesk;
    beforeAll(async () => {
      running = await start();
      desk = await running.connect();
    });
    afterEach(() => running.clearFaults());
    afterAll(() => running?.stop());

    it('finds nothing where nothing is, and closes it with success', async () => {
      const { taskId } = newRequest();
      expect(await desk.findTicket(taskId)).toBeUndefined();
      await desk.closeTicket(taskId);
    });

    it('opens one ticket, however often it is asked, that says what is to be done', async () => {
      const request = newRequest();
      for (let round = 0; round < 2; round += 1) await desk.openTicket(request);
      const ticket = await desk.findTicket(request.taskId);
      expect([ticket?.status, ticket?.resolvedBy]).toEqual(['open', undefined]);
      expect(await running.countTickets(request.taskId)).toBe(1);
      const text = await running.readText(ticket?.ticketId ?? '');
      for (const told of [...request.steps, request.instructions, request.application]) expect(text).toContain(told);
    });

    it('opens one ticket though the answer was lost', async () => {
      const request = newRequest();
      running.addFault({ kind: 'applied-then-reset', times: 1, match: { method: 'POST' } });
      const lost = await desk.openTicket(request).catch((error: unknown) => error);
      if (lost !== undefined) expect(lost).toBeInstanceOf(RetryableError);
      await desk.openTicket(request);
      expect(await running.countTickets(request.taskId)).toBe(1);
    });

    it('tells who resolved it, and leaves it resolved', async () => {
      const request = newRequest();
      await desk.openTicket(request);
      const ticket = await desk.findTicket(request.taskId);
      const resolvedBy = await running.resolve(ticket?.ticketId ?? '');
      expect(await desk.findTicket(request.taskId)).toEqual({ ...ticket, status: 'resolved', resolvedBy });
      await desk.closeTicket(request.taskId);
      await desk.openTicket(request);
      expect(await desk.findTicket(request.taskId)).toMatchObject({ status: 'resolved', resolvedBy });
    });

    it('closes what nobody need do any more, never as resolved; as often as it is asked', async () => {
      const request = newRequest();
      await desk.openTicket(request);
      for (let round = 0; round < 2; round += 1) await desk.closeTicket(request.taskId);
      const ticket = await desk.findTicket(request.taskId);
      expect([ticket?.status, ticket?.resolvedBy]).toEqual(['closed', undefined]);
    });

    it('does not take a ticket that was turned down for resolved', async () => {
      const request = newRequest();
      await desk.openTicket(request);
      await running.reject((await desk.findTicket(request.taskId))?.ticketId ?? '');
      expect(await desk.findTicket(request.taskId)).toMatchObject({ status: 'closed' });
    });

    it('opens one again that was turned down or resolved, and closes that in turn', async () => {
      const request = newRequest();
      await desk.reopenTicket(request, 1);
      expect(await desk.findTicket(request.taskId)).toBeUndefined();
      await desk.openTicket(request);
      await desk.reopenTicket(request, 1);
      expect(await running.countTickets(request.taskId)).toBe(1);
      const ticketId = async () => (await desk.findTicket(request.taskId))?.ticketId ?? '';
      await running.reject(await ticketId());
      for (let round = 0; round < 2; round += 1) await desk.reopenTicket(request, 1);
      expect(await desk.findTicket(request.taskId)).toMatchObject({ status: 'open' });
      await running.resolve(await ticketId());
      await desk.reopenTicket(request, 2);
      expect(await desk.findTicket(request.taskId)).toMatchObject({ status: 'open' });
      await desk.closeTicket(request.taskId);
      expect(await desk.findTicket(request.taskId)).toMatchObject({ status: 'closed' });
    });

    it('keeps apart tasks whose ids are alike', async () => {
      const [one, other] = [newRequest(), newRequest()];
      await desk.openTicket(one);
      expect(await desk.findTicket(other.taskId)).toBeUndefined();
      expect(await desk.findTicket(`F${one.taskId}`)).toBeUndefined();
    });

    it.for<FaultInput>([
      { kind: 'status', status: 503, times: 1 },
      { kind: 'reset', times: 1 },
    ])('gets over $kind once', async (fault) => {
      running.addFault(fault);
      expect(await desk.findTicket(newRequest().taskId)).toBeUndefined();
    });

    it('says "retry" when it stays away, "permanent" when the credentials are wrong; shows neither secrets nor people', async () => {
      const { taskId } = newRequest();
      running.addFault({ kind: 'reset' });
      const away = await errorOf(desk.findTicket(taskId));
      expect(away).toBeInstanceOf(RetryableError);
      running.clearFaults();
      const refused = await errorOf((await running.connect({ wrongCredentials: true })).findTicket(taskId));
      expect(refused).toBeInstanceOf(PermanentError);
      for (const hidden of [...running.secrets, taskId]) {
        expect(`${away.message}${away.stack}`).not.toContain(hidden);
        expect(`${refused.message}${refused.stack}`).not.toContain(hidden);
      }
    });
  });
}

function newRequest(): TicketRequest {
  counter += 1;
  return {
    taskId: `E1~badge~${counter.toString(16).padStart(12, '0')}`,
    application: 'Building access',
    steps: ['grant: Zone Munich', 'revoke: Zone "Server Room" & 名'],
    assignee: 'frontdesk@acme.example',
    instructions: 'Open the badge console.',
    dueMs: Date.now() + 3_600_000,
  };
}

async function errorOf(outcome: Promise<unknown>): Promise<Error> {
  const error = await outcome.then(
    () => new Error('expected a failure, got success'),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error : new Error(String(error));
}
