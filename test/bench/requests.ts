// npm run bench -- requests: what somebody who joins, moves and leaves with accounts in four applications asks DynamoDB for, by
// the function that asks. Like costs, these are counts, the same on every machine.
import { joinerEvent, leaverEvent, moverEvent } from '../support/hr-events.ts';
import { CostMeter } from './cost-meter.ts';
import { modelOf } from './costs.ts';

const APPLICATIONS = 4;
const HOUR_MS = 3_600_000;

export async function printRequests(): Promise<void> {
  const meter = new CostMeter(modelOf(APPLICATIONS));
  try {
    // One before, so that nothing is counted that only happens once.
    await meter.usageOf(
      () =>
        meter.post(joinerEvent({ department: 'Sales', email: 'first@acme.example' }, { subject: 'E1', id: 'wd-0' })),
      HOUR_MS,
    );
    await meter.usageOf(() => meter.world.walk(), HOUR_MS);
    const told = { subject: 'E1001' };
    await print(meter, 'joiner', joinerEvent({ department: 'Sales' }, { ...told, id: 'wd-1' }));
    await print(meter, 'mover', moverEvent({ department: 'Support' }, { ...told, id: 'wd-2' }));
    await print(meter, 'leaver', leaverEvent({}, { ...told, id: 'wd-3' }));
  } finally {
    meter.end();
  }
}

async function print(meter: CostMeter, stage: string, event: object): Promise<void> {
  const counts = new Map<string, number>();
  meter.onRequest((functionName, command, items) => {
    const request = `${functionName.padEnd(24)}${command.padEnd(16)}${summed(items)}`;
    counts.set(request, (counts.get(request) ?? 0) + 1);
  });
  const { databaseRequest } = await meter.usageOf(() => meter.post(event), HOUR_MS);
  console.log(`\nA ${stage} with ${APPLICATIONS} applications: ${databaseRequest} requests`);
  for (const [request, count] of counts) console.log(`  ${String(count).padStart(3)}  ${request}`);
}

function summed(items: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].map(([item, count]) => (count === 1 ? item : `${count} x ${item}`)).join(', ');
}
