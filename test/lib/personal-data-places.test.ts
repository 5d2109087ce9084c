// Wherever a deployment keeps something, it is said what becomes of a person there; and where that ends by itself, the
// template says so, too.
import { describe, expect, it } from 'vitest';
import { remainsAfter } from '../../lambdas/core/removal/erasure.ts';
import { KEPT_PLACES } from '../../lib/personal-data-places.ts';
import { ACTIVITY_SOURCES, HR_SOURCES, type Resource, SHARED_SIGNALS, synthesiseResources } from '../support/stacks.ts';

const resources = synthesiseResources({
  'tenure.hrSources': HR_SOURCES,
  'tenure.activitySources': ACTIVITY_SOURCES,
  'tenure.sharedSignals': SHARED_SIGNALS,
});
/** What keeps something that it was given. Glue tables, workgroups and streams describe or pass on what lies elsewhere. */
const KEEPING =
  /^AWS::(DynamoDB::(Global)?Table|S3::Bucket|SQS::Queue|StepFunctions::StateMachine|Logs::LogGroup|Events::(EventBus|Archive)|Scheduler::ScheduleGroup|SNS::Topic|Cognito::UserPool|Kinesis\w*::.*|RDS::.*|EFS::.*|OpenSearchService::.*|ElastiCache::.*)$/;
const keeping = resources.filter(({ Type }) => KEEPING.test(Type));
const placesOf = ({ Type, logicalId }: Pick<Resource, 'Type' | 'logicalId'>) =>
  KEPT_PLACES.filter(({ type, named }) => type === Type && named.test(logicalId));

describe('each place in which a deployment keeps something', () => {
  it('has one verdict on what becomes of a person there', () => {
    expect(keeping.length).toBeGreaterThan(60);
    expect(keeping.filter((one) => placesOf(one).length !== 1).map(({ logicalId }) => logicalId)).toEqual([]);
    expect(KEPT_PLACES.filter((place) => !keeping.some((one) => placesOf(one).includes(place)))).toEqual([]);
  });

  it('lets go when its verdict says, by the template', () => {
    const daysOf = (one: Resource) =>
      placesOf(one).flatMap(({ verdict }) => ('days' in verdict ? verdict.days : []))[0];
    for (const one of keeping.filter(({ Type }) => Type === 'AWS::SQS::Queue')) {
      expect(Number(one.Properties['MessageRetentionPeriod'] ?? 345_600) / 86_400, one.logicalId).toBeLessThanOrEqual(
        Number(daysOf(one)),
      );
    }
    for (const one of keeping.filter(({ Type }) => Type === 'AWS::Logs::LogGroup')) {
      expect(one.Properties['RetentionInDays'], one.logicalId).toBe(365);
    }
    const files = keeping.find(({ logicalId }) => logicalId.startsWith('PopulationFeedsBucket')) as Resource;
    const { Rules } = files.Properties['LifecycleConfiguration'] as {
      Rules: readonly { ExpirationInDays: number; NoncurrentVersionExpiration: { NoncurrentDays: number } }[];
    };
    const [rule] = Rules;
    const activity = keeping.find(({ logicalId }) => logicalId.startsWith('ActivityLakeBucket')) as Resource;
    expect(activity.Properties['LifecycleConfiguration']).toMatchObject({ Rules: [{ ExpirationInDays: 90 }] });
    expect((rule?.ExpirationInDays ?? 0) + (rule?.NoncurrentVersionExpiration.NoncurrentDays ?? 0)).toBe(daysOf(files));
  });

  it('is among what an operator is told remains, where it is by an id or more', () => {
    const told = new Set(remainsAfter(0, { logRetentionDays: 365 }).map(({ untilMs }) => untilMs / 86_400_000));
    const days = KEPT_PLACES.flatMap(({ verdict }) =>
      'days' in verdict && typeof verdict.days === 'number' ? verdict.days : [],
    );
    // What is over within a day or so of another is not told apart.
    expect(days.filter((one) => one > 30 && !told.has(one))).toEqual([]);
    expect(told.has(365)).toBe(true);
  });
});
