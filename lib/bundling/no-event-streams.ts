// Bundled in place of @smithy/core/event-streams: no operation that a function calls has an event stream (S3's
// SelectObjectContent would). A call of one fails by the error below; an SDK that needs more of the module than this does
// not build.

export const resolveEventStreamSerdeConfig = <Input>(input: Input): Input => input;

export function eventStreamSerdeProvider(): never {
  throw new Error('event streams are left out of the bundles: see lib/bundling/no-event-streams.ts');
}

export class EventStreamSerde {
  constructor() {
    eventStreamSerdeProvider();
  }
}
