// The process of emulation.ts: reads what to emulate from its first line of input, and ends when its input does.
import { Server } from 'node:net';
import { createInterface } from 'node:readline';

const EMULATE: string = 'emulate';

// emulate binds every interface, takes no address and does not wait until it listens.
const listen = Server.prototype.listen;
Server.prototype.listen = function (this: Server, port: unknown) {
  this.once('listening', () => process.stdout.write('the emulation listens\n'));
  return Reflect.apply(listen, this, [Number(port), '127.0.0.1']);
} as typeof listen;

for await (const line of createInterface({ input: process.stdin })) {
  const { createEmulator } = (await import(EMULATE)) as { createEmulator(options: unknown): Promise<unknown> };
  await createEmulator(JSON.parse(line));
}
process.exit();
