// When something was last used, as far as any system tells of it.
export interface LastUse {
  /** Epoch ms, by the clock of the system that told of it. */
  readonly atMs: number;
  /** When anything was used in its application: of the entitlement no system tells, so its own last use was no later. */
  readonly approximate?: true | undefined;
}

/** What is remembered of how somebody uses their access (detection/memory.ts), as far as it tells of that. Epoch ms. */
export interface RememberedUses {
  readonly applications: Readonly<Record<string, number>>;
  /** By `application:entitlement`. */
  readonly entitlements: Readonly<Record<string, number>>;
}

/** Undefined: nothing is known of it, which is not the same as never. */
export function lastUseOfApplication(memory: RememberedUses | undefined, applicationId: string): LastUse | undefined {
  return lastIn(memory?.applications, applicationId);
}

/** @param reference `application:entitlement` */
export function lastUseOfEntitlement(memory: RememberedUses | undefined, reference: string): LastUse | undefined {
  const exact = lastIn(memory?.entitlements, reference);
  if (exact !== undefined) return exact;
  const [applicationId = ''] = reference.split(':');
  const ofApplication = lastUseOfApplication(memory, applicationId);
  return ofApplication && { ...ofApplication, approximate: true };
}

function lastIn(used: Readonly<Record<string, number>> | undefined, id: string): LastUse | undefined {
  const atMs = used !== undefined && Object.hasOwn(used, id) ? used[id] : undefined;
  return atMs === undefined ? undefined : { atMs };
}
