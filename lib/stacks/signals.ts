// What other systems are told as it takes effect, and where they ask to be told. There only where the settings name receivers.
import { Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Settings } from '../config.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import { SignalTelling } from '../constructs/signals/signal-telling.ts';
import type { Tables } from '../constructs/store-access.ts';

export interface SignalsStackProps extends StackProps {
  /** The deployment's settings, with receivers. */
  readonly settings: Settings;
  /** The tables: streams and tokens that wait lie in that of the identities. */
  readonly tables: Tables;
  /** Where receivers call. */
  readonly api: IHttpApi;
  /** Where it is told what takes effect. */
  readonly bus: EventBus;
  /** Where its alarms go. */
  readonly alarmTopic: ITopic;
}

export class SignalsStack extends Stack {
  constructor(scope: Construct, id: string, { settings, tables, api, bus, alarmTopic, ...props }: SignalsStackProps) {
    super(scope, id, props);
    // Imported, so that the routes lie in this stack.
    const { apiId: httpApiId, apiEndpoint } = api;
    const imported = HttpApi.fromHttpApiAttributes(this, 'Api', { httpApiId, apiEndpoint });
    new SignalTelling(this, 'SignalTelling', { settings, tables, api: imported, bus, alarmTopic });
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: alarmTopic });
  }
}
