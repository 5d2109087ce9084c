// From where the console is served: a private bucket, and a distribution in front of it that puts the operators' API under
// the same origin, so that no other origin may call the API from a browser.
import { CustomResource, Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CONSOLE_FOLDER } from '../../../lambdas/stores/console-files.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import { builtConsole, consoleSourcesHash } from '../../bundling/console.ts';
import type { Settings } from '../../config.ts';
import { CONSOLE_API_PATH, CONSOLE_HEADERS, type ConsoleFacts, contentSecurityPolicy } from '../../console-policy.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface ConsoleSiteProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The deployment's tables, none of which its function uses. */
  readonly tables: Tables;
  /** The operators' API. */
  readonly api: IHttpApi;
  /** The origins that signing in calls. */
  readonly signIn: readonly string[];
}

/** A page's address is the application's to read; what has a name of its own is a file. */
const TO_PAGE = `function handler(event) {
  var request = event.request;
  var uri = request.uri;
  var isFile = uri.startsWith('/assets/') || uri === '/console.json' || uri === '/favicon.svg';
  if (!isFile) request.uri = '/index.html';
  return request;
}`;
const TO_API = `function handler(event) {
  var request = event.request;
  request.uri = request.uri.slice(${CONSOLE_API_PATH.length}) || '/';
  return request;
}`;

export class ConsoleSite extends Construct {
  readonly bucket: Bucket;
  readonly distribution: Distribution;
  /** Without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ConsoleSiteProps) {
    super(scope, id);
    this.bucket = this.addBucket(props.settings);
    this.distribution = this.addDistribution(props);
    this.url = `https://${this.distribution.distributionDomainName}`;
  }

  /** Puts the console into the bucket with each deployment that changes it, or what it is told. */
  publish({ settings, tables }: Pick<ConsoleSiteProps, 'settings' | 'tables'>, facts: ConsoleFacts): void {
    const hash = consoleSourcesHash();
    const files = this.bucket.arnForObjects('*');
    const publishing = new ServiceFunction(this, 'PublishConsole', {
      settings,
      tables,
      handler: 'publish-console',
      folder: { name: CONSOLE_FOLDER, hash, build: builtConsole },
      environment: { consoleBucket: this.bucket.bucketName },
      permissions: [
        new PolicyStatement({ actions: ['s3:PutObject', 's3:DeleteObject'], resources: [files] }),
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
      ],
      timeout: Duration.minutes(2),
    });
    acknowledgeWildcard(publishing.role, files, 'The files of the console, whose names have hashes of their contents.');
    new CustomResource(this, 'Files', {
      serviceToken: publishing.function.functionArn,
      resourceType: 'Custom::TenureConsole',
      serviceTimeout: Duration.minutes(5),
      properties: { settings: Stack.of(this).toJsonString(facts), sources: hash },
    });
  }

  private addBucket(settings: Settings): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // What is in it is made from the repository anew, and emptied when the stack goes.
      removalPolicy: removalPolicyOf({ ...settings, retainData: false }),
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds the console’s files, which are public in the repository, and nothing about anybody.',
    });
    return bucket;
  }

  private addDistribution({ api, signIn }: ConsoleSiteProps): Distribution {
    const responseHeadersPolicy = new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(signIn), override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(730), includeSubdomains: true, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
      customHeadersBehavior: {
        customHeaders: Object.entries(CONSOLE_HEADERS).map(([header, value]) => ({ header, value, override: true })),
      },
    });
    const atViewer = (name: string, code: string) => [
      {
        function: new EdgeFunction(this, name, { code: FunctionCode.fromInline(code) }),
        eventType: FunctionEventType.VIEWER_REQUEST,
      },
    ];
    const distribution = new Distribution(this, 'Distribution', {
      comment: 'The console',
      priceClass: PriceClass.PRICE_CLASS_100,
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        // CDK's own declarations disagree on `undefined` here, hence the assertion.
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket as IBucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy,
        functionAssociations: atViewer('ToPage', TO_PAGE),
      },
      additionalBehaviors: {
        [`${CONSOLE_API_PATH}/*`]: {
          // The domain of `https://<domain>`.
          origin: new HttpOrigin(Fn.select(2, Fn.split('/', api.apiEndpoint)), {
            protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          }),
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_ALL,
          // What one operator is shown is nobody else's.
          cachePolicy: CachePolicy.CACHING_DISABLED,
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          responseHeadersPolicy,
          functionAssociations: atViewer('ToApi', TO_API),
        },
      },
    });
    Validations.of(distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Where operators work is not known here; the API asks for a token anywhere.' },
      {
        id: 'AwsSolutions-CFR2',
        reason: 'Its files are public; the API behind it is throttled, and asks for a token.',
      },
      {
        id: 'AwsSolutions-CFR3',
        reason: 'The API’s access log and the audit log say who was shown what; files are public.',
      },
      {
        id: 'AwsSolutions-CFR4',
        reason: 'The default certificate fixes it; a domain of one’s own is put in front of it.',
      },
    );
    return distribution;
  }
}
