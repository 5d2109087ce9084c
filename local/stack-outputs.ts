// What the deployment says about itself: the outputs of its stacks, as `cdk deploy` hands them to anybody.
import * as z from 'zod';

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(schema);
const names = json(z.record(z.string(), z.string()));

export const stackOutputsSchema = z.object({
  /** Not a URL that everything can read: MiniStack's host names end like an IP address. */
  ApiUrl: z.string(),
  IdentitiesTableName: z.string(),
  AuditTableName: z.string(),
  PopulationBucketName: z.string(),
  EventBusName: z.string(),
  EscalationTopicArn: z.string(),
  UserPoolId: z.string(),
  UserPoolClientId: z.string(),
  /** HR source → the ARN of its secret. */
  HrSourceSecrets: names,
  /** Application → the ARN of its secret. */
  ApplicationSecrets: names,
  /** Stage → ARN. */
  StateMachines: names,
  /** Connector → the name of its function. */
  ConnectorFunctions: names,
});

export type StackOutputs = z.infer<typeof stackOutputsSchema>;
