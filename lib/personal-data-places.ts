// What every place in which a deployment keeps something means for somebody who is erased. One that is missing here fails a
// test, so that whoever adds a table, a bucket or a queue says how people get out of it: docs/reference/erasure.md.

export interface KeptPlace {
  /** Resources by their type and by what their logical id begins with. */
  readonly type: `AWS::${string}::${string}`;
  readonly named: RegExp;
  readonly verdict:
    | { readonly erased: string }
    /** `days`: at the latest, by a setting of the resource, of AWS, or of the deployment's. */
    | { readonly expires: string; readonly days: number | 'logRetentionDays' }
    /** Tells of nobody by name or id. */
    | { readonly impersonal: string };
}

export const KEPT_PLACES: readonly KeptPlace[] = [
  table(/^IdentitiesTable/, { erased: 'each kind of row has a verdict of its own: row-verdicts.ts' }),
  table(/^AuditTable/, { erased: 'the partitions under the id, by the one role that may' }),
  table(/^SubjectsTable/, { erased: 'key and pseudonym; that there was somebody stays for 35 days' }),
  table(/^ActivityTable/, { erased: 'all under the id, and by what its accounts are known; the rest goes by itself' }),
  table(/^RateLimitsTable/, { impersonal: 'how often an application was called' }),
  table(/^SealedLogTable/, { impersonal: 'pseudonyms, and what is encrypted under a key that goes' }),
  bucket(/^SealedLogBucket/, { impersonal: 'pseudonyms, and what is encrypted under a key that goes' }),
  bucket(/^LakeBucket/, { impersonal: 'the open part of the sealed entries' }),
  bucket(/^LakeQueriesResults/, { expires: 'what was asked of the lakes; of that of activity, whose it was', days: 7 }),
  bucket(/^ActivityLakeBucket/, {
    erased:
      'each row that tells of them, by the function that looks all of it through, and what comes later for 35 days',
  }),
  bucket(/^SiteBucket/, { impersonal: 'the console’s files, which are public in the repository' }),
  bucket(/^EvidenceFilesBucket/, {
    erased: 'all versions of all files of an identity, by the one function that erases',
  }),
  bucket(/^FilesBucket/, { expires: 'files of activity that systems put', days: 7 }),
  bucket(/^PopulationFeedsBucket/, { expires: 'files that HR put, and their earlier versions', days: 60 }),
  bucket(/^PeopleListingBucket/, {
    expires:
      'one list of names and addresses, made anew from the directory every hour or more often; nobody is shown by it alone',
    days: 1,
  }),
  {
    type: 'AWS::SQS::Queue',
    named: /^(Sealing|DeadLetters|PopulationFeeds|People|SignalTelling|Judging|ActivityLake)/,
    verdict: { expires: 'ids of identities and of persons, and records of activity', days: 14 },
  },
  {
    type: 'AWS::StepFunctions::StateMachine',
    named: /^(Workflows|Reconciliation|ReviewCampaigns)/,
    verdict: { expires: 'histories, by the id and those of HR events', days: 90 },
  },
  {
    type: 'AWS::Logs::LogGroup',
    named: /Log[0-9A-F]{8}$/,
    verdict: { expires: 'ids of identities', days: 'logRetentionDays' },
  },
  {
    type: 'AWS::Events::EventBus',
    named: /^(FactRouting|Publishing|Judging)/,
    verdict: { expires: 'nothing is archived; an event is tried for a day', days: 1 },
  },
  {
    type: 'AWS::Scheduler::ScheduleGroup',
    named: /^FactRouting/,
    verdict: { erased: 'whoever has something to come is not erased; a schedule goes when it has fired' },
  },
  {
    type: 'AWS::SNS::Topic',
    named: /^Escalations/,
    verdict: { expires: 'what cannot be delivered is tried', days: 23 },
  },
  {
    type: 'AWS::Cognito::UserPool',
    named: /^Operators/,
    verdict: { impersonal: 'operators, whose directory is run as any identity provider’s' },
  },
];

function table(named: RegExp, verdict: KeptPlace['verdict']): KeptPlace {
  return { type: 'AWS::DynamoDB::Table', named, verdict };
}

function bucket(named: RegExp, verdict: KeptPlace['verdict']): KeptPlace {
  return { type: 'AWS::S3::Bucket', named, verdict };
}
