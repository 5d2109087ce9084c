// One route of the API and the function that answers it, which is given what the route's definition says it uses.
import { Duration, Validations } from 'aws-cdk-lib';
import {
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  type IHttpApi,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { isOperatorRoute, type Route, storesOf } from '../../../lambdas/api/route.ts';
import type { StoreOperations } from '../../../lambdas/stores/store-operations.ts';
import { ServiceFunction, type ServiceFunctionProps } from '../service-function.ts';

export interface ApiRouteProps extends Omit<ServiceFunctionProps, 'handler' | 'timeout' | keyof StoreOperations> {
  /** The API that the route is added to. */
  readonly api: IHttpApi;
  /** The route's definition, whose name is its handler's stem. */
  readonly route: Route;
  /** Checks the operators' tokens. @default none, for routes that take none */
  readonly authorizer?: IHttpRouteAuthorizer | undefined;
}

/** API Gateway gives up after 30 seconds: the function does so before, so that the answer is still its own. */
const TIMEOUT = Duration.seconds(28);

const WITHOUT_TOKEN = {
  signature: 'HR systems sign the body (Standard Webhooks); the function verifies it before anything else.',
  peer: 'Another system shows a bearer token of its own; the function verifies it before anything else.',
  link: 'Whoever opens it has no sign-in: the path has 256 secret bits, which the function verifies before anything else.',
  open: 'What it answers is public: the API’s own description, or where signals come from and by which keys they are known.',
};

export class ApiRoute extends Construct {
  /** Of its function. */
  readonly role: ServiceFunction['role'];

  constructor(scope: Construct, id: string, { api, route, authorizer, ...props }: ApiRouteProps) {
    super(scope, id);
    const { name, method, path, access } = route;
    if (isOperatorRoute(route) !== (authorizer !== undefined)) {
      throw new Error(`${name}: operators' routes have an authorizer, and no others`);
    }
    const stores = storesOf(route);
    const answering = new ServiceFunction(this, 'Handler', { ...props, ...stores, handler: name, timeout: TIMEOUT });
    this.role = answering.role;
    const httpRoute = new HttpRoute(this, 'Route', {
      httpApi: api,
      routeKey: HttpRouteKey.with(path, HttpMethod[method]),
      integration: new HttpLambdaIntegration('Integration', answering.function),
      ...(authorizer && { authorizer }),
    });
    if (typeof access === 'object') return;
    Validations.of(httpRoute).acknowledge({ id: 'AwsSolutions-APIG4', reason: WITHOUT_TOKEN[access] });
  }
}
