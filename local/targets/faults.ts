// What goes wrong between Tenure and a target, on demand: tests and drills put a fault in front of a real server. The
// SCIM server applies these itself; for servers that cannot, test/support/fault-proxy.ts stands in front.
import type { ServerResponse } from 'node:http';
import * as z from 'zod';

const MAX_FAULTS = 100;

export const faultSchema = z.strictObject({
  /**
   * `status`: answers it without carrying out the call · `reset`: resets the connection, not carried out · `timeout`:
   * never answers, not carried out · `applied-then-reset`: carries out the call, then resets instead of answering.
   */
  kind: z.enum(['status', 'reset', 'timeout', 'applied-then-reset']),
  /** With `status`. @default 500 */
  status: z.int().min(400).max(599).default(500),
  /** Sent as Retry-After. */
  retryAfterSeconds: z.int().min(0).max(3600).optional(),
  /** Body of the answer, as JSON. */
  body: z.json().optional(),
  /** How many calls fail; until cleared when absent. */
  times: z.int().min(1).max(10_000).optional(),
  match: z
    .strictObject({
      method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
      pathPrefix: z.string().max(200).optional(),
    })
    .default({}),
});
export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

/** The faults in force at one server; the first that matches a call is applied to it. */
export class FaultPlan {
  #faults: { readonly fault: Fault; remaining: number }[] = [];

  add(input: FaultInput): void {
    if (this.#faults.length >= MAX_FAULTS) throw new Error(`more than ${MAX_FAULTS} faults`);
    const fault = faultSchema.parse(input);
    this.#faults.push({ fault, remaining: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#faults = [];
  }

  list(): readonly Fault[] {
    return this.#faults.map(({ fault }) => fault);
  }

  /** @param path relative to the target's base path, e.g. `/Users/42` */
  take(method: string, path: string): Fault | undefined {
    const hit = this.#faults.find(
      ({ fault: { match } }) =>
        (match.method === undefined || match.method === method) && path.startsWith(match.pathPrefix ?? ''),
    );
    if (hit === undefined) return undefined;
    hit.remaining -= 1;
    if (hit.remaining === 0) this.#faults = this.#faults.filter((each) => each !== hit);
    return hit.fault;
  }
}

/** Lets a fault happen to a call. True when the call must still be carried out, its answer going nowhere. */
export function applyFault(fault: Fault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'status':
      if (fault.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(fault.retryAfterSeconds));
      response.writeHead(fault.status, { 'Content-Type': 'application/json' });
      response.end(fault.body === undefined ? '' : JSON.stringify(fault.body));
      return false;
    case 'reset':
      response.socket?.resetAndDestroy();
      return false;
    case 'timeout':
      return false;
    case 'applied-then-reset': {
      const { socket } = response;
      response.write = () => true;
      response.end = () => {
        socket?.resetAndDestroy();
        return response;
      };
      return true;
    }
  }
}
