// People's identities, and the queues of those who changed, without AWS: on the conditions of dynamo-person-store.ts, and
// with what SQS promises of a queue that is first in, first out for each group.
import type { ReceivedMessages } from '../../lambdas/handlers/hr/fetch-people.ts';
import type { FetchQueue, PeopleQueue, QueuedMessage } from '../../lambdas/stores/people/people-queue.ts';
import type { PersonStore } from '../../lambdas/stores/people/person-store.ts';

export function memoryPeople(): PersonStore {
  const identities = new Map<string, string>();
  const people = new Map<string, string>();
  return {
    async findIdentity(source, personId) {
      return identities.get(`${source} ${personId}`);
    },
    async findPerson(source, identityId) {
      return people.get(`${source} ${identityId}`);
    },
    async tie(source, personId, identityId) {
      const [person, identity] = [`${source} ${personId}`, `${source} ${identityId}`];
      if ((identities.get(person) ?? identityId) !== identityId) return false;
      if ((people.get(identity) ?? personId) !== personId) return false;
      identities.set(person, identityId);
      people.set(identity, personId);
      return true;
    },
  };
}

interface Waiting extends QueuedMessage {
  readonly source: string;
  readonly personId: string;
  visibleMs: number;
  receives: number;
}

type Fetch = (
  batch: ReceivedMessages,
) => Promise<{ readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }>;

export interface MemoryPeopleQueue {
  readonly queue: PeopleQueue;
  readonly fetchQueue: FetchQueue;
  readonly deadLetters: { readonly body: string; readonly reason: string }[];
  /** Messages that wait, of this source or of all. */
  waiting(source?: string): number;
  /** Hands on what is visible, batch by batch, until nothing is. @returns how many batches */
  deliver(source: string, fetch: Fetch, batchSize?: number): Promise<number>;
  /** When the next message becomes visible (epoch ms). */
  nextMs(): number | undefined;
}

const VISIBILITY_MS = 720_000;

export function memoryPeopleQueue(clock: () => number): MemoryPeopleQueue {
  let sequence = 0;
  const messages = new Map<string, Waiting>();
  const deadLetters: { body: string; reason: string }[] = [];
  const receive = (source: string, batchSize: number): readonly Waiting[] => {
    const seen = new Set<string>();
    const found: Waiting[] = [];
    for (const message of messages.values()) {
      if (message.source !== source || seen.has(message.personId)) continue;
      // Whoever is under way, or waits, holds back what came later about them.
      if (message.visibleMs > clock()) seen.add(message.personId);
      else if (found.length < batchSize) found.push(message);
    }
    return found;
  };
  return {
    queue: {
      async send(source, personIds) {
        for (const personId of personIds) {
          sequence += 1;
          const messageId = `m${sequence}`;
          const body = JSON.stringify({ source, personId });
          const message = { messageId, receiptHandle: messageId, body, source, personId, visibleMs: 0, receives: 0 };
          messages.set(messageId, message);
        }
      },
    },
    fetchQueue: {
      async postpone({ messageId }, seconds) {
        const message = messages.get(messageId);
        if (seconds < 0 || seconds > 43_200) throw new Error('a visibility time-out is 0 to 12 hours');
        if (message !== undefined) message.visibleMs = clock() + seconds * 1_000;
      },
      async giveUp({ body }, reason) {
        deadLetters.push({ body, reason });
      },
    },
    deadLetters,
    waiting: (source) =>
      [...messages.values()].filter((message) => (source ?? message.source) === message.source).length,
    nextMs: () => [...messages.values()].map(({ visibleMs }) => visibleMs).sort((a, b) => a - b)[0],
    async deliver(source, fetch, batchSize = 10) {
      for (let batches = 0; ; batches += 1) {
        const received = receive(source, batchSize);
        if (received.length === 0) return batches;
        for (const message of received) {
          message.receives += 1;
          message.visibleMs = clock() + VISIBILITY_MS;
        }
        const Records = received.map(({ messageId, receiptHandle, body, receives }) => ({
          messageId,
          receiptHandle,
          body,
          attributes: { ApproximateReceiveCount: receives },
        }));
        const { batchItemFailures } = await fetch({ Records });
        const left = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        for (const { messageId } of received) if (!left.has(messageId)) messages.delete(messageId);
      }
    },
  };
}
