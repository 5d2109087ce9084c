// What AWS bills for, in US dollars: us-east-1, on demand, autumn 2026, from the price lists of each service
// (https://aws.amazon.com/<service>/pricing/). No free tier is taken off.
export const PRICES = {
  /** Step Functions, Standard: $0.025 per 1,000. */
  transition: 0.000_025,
  /** Step Functions, Express: $1.00 per million. */
  expressRequest: 0.000_001,
  /** Step Functions, Express: $0.00001667 per GB and second, of which each takes 64 MB for every 100 ms that it began. */
  expressGigabyteSecond: 0.000_016_67,
  /** DynamoDB: $0.125 per million. */
  readUnit: 0.000_000_125,
  /** DynamoDB: $0.625 per million. */
  writeUnit: 0.000_000_625,
  /** Lambda: $0.20 per million. */
  invocation: 0.000_000_2,
  /** Lambda on Arm: $0.0000133334 per GB and second. */
  gigabyteSecond: 0.000_013_333_4,
  /** CloudWatch Logs: $0.50 per GB taken in. */
  logByte: 0.000_000_000_5,
  /** EventBridge: $1.00 per million custom events. */
  busEvent: 0.000_001,
  /** EventBridge Scheduler: $1.00 per million invocations. */
  schedule: 0.000_001,
  /** API Gateway, HTTP API: $1.00 per million. */
  apiRequest: 0.000_001,
  /** X-Ray: $5.00 per million traces: at most one of an execution and what is nested in it. */
  trace: 0.000_005,
} as const;
