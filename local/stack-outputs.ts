// What the deployment says about itself: the outputs of its stacks, as `cdk deploy` hands them to anybody.
import * as z from 'zod';

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(schema);
const names = json(z.record(z.string(), z.string()));

const shape = z.object({
  /** Not a URL that everything can read: MiniStack's host names end like an IP address. */
  ApiUrl: z.string(),
  IdentitiesTableName: z.string(),
  AuditTableName: z.string(),
  SubjectsTableName: z.string(),
  PopulationBucketName: z.string(),
  LogBucketName: z.string(),
  LogTableName: z.string(),
  SealQueueUrl: z.string(),
  LakeBucketName: z.string(),
  LakeFunctionName: z.string(),
  EventBusName: z.string(),
  EscalationTopicArn: z.string(),
  ConsoleBucketName: z.string().optional(),
  UserPoolId: z.string(),
  UserPoolClientId: z.string(),
  /** HR source → the ARN of its secret. */
  HrSourceSecrets: names,
  /** Activity source → the ARN or name of its secret. */
  ActivitySourceSecrets: names,
  /** Application → the name of its secret. */
  ApplicationSecrets: names,
  /** Stage → ARN. */
  StateMachines: names,
  /** Connector, and its network if any → the name of its function. */
  ConnectorFunctions: names,
});

/** What comes in parts (`ApplicationSecrets2`) is put together. */
export const stackOutputsSchema = z
  .record(z.string(), z.string())
  .transform((outputs) => ({
    ...outputs,
    ApplicationSecrets: joined(outputs, 'ApplicationSecrets'),
    ConnectorFunctions: joined(outputs, 'ConnectorFunctions'),
  }))
  .pipe(shape);

function joined(outputs: Readonly<Record<string, string>>, name: string): string {
  const parts = Object.entries(outputs).filter(([key]) => key.startsWith(name) && /^\d*$/.test(key.slice(name.length)));
  return JSON.stringify(Object.assign({}, ...parts.map(([, text]) => JSON.parse(text))));
}

export type StackOutputs = z.infer<typeof stackOutputsSchema>;
