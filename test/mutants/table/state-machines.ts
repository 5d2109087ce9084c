// Mistakes in the state machines: a way out that is missing, a turn to the wrong state, an input that is left out.
import { inFile, type Mutant } from '../mutant.ts';

const LIFECYCLE = ['test/statemachines/lifecycle.test.ts'] as const;
const FILES = ['test/statemachines/asl-files.test.ts'] as const;

export const STATE_MACHINE_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'statemachines/leaver.asl.json',
    {
      id: 'no-lock-down',
      find: '"Next": "Lock down every account"',
      replace: '"Next": "Hand over what the leaver owned"',
      breaks: 'a leaver gets in until the last grant is gone',
      suites: LIFECYCLE,
    },
    {
      id: 'lock-down-behind-movers',
      find: '${LockDownFunctionNamePrefix}',
      replace: '${ConnectorFunctionNamePrefix}',
      breaks: 'a leaver gets in until the joiners and movers before it are done',
      suites: ['test/lib/concurrency.test.ts'],
    },
    {
      id: 'proof-before-earlier-calls-ended',
      find: '"Next": "Wait until earlier calls can no longer act"',
      replace: '"Next": "Wait for manual tasks"',
      breaks: 'a call that was sent before the fence grants after the proof',
      suites: [...LIFECYCLE, 'simulate'],
    },
    {
      id: 'left-over-is-proven',
      find: '"StringEquals": "left-over",\n          "Next": "Leave time to a pass that runs"',
      replace: '"StringEquals": "left-over",\n          "Next": "Removal proven"',
      breaks: 'what is left counts as gone',
      suites: LIFECYCLE,
    },
    {
      id: 'locks-down-by-proving',
      find: '"mode": "lock-down"',
      replace: '"mode": "prove"',
      breaks: 'the lock-down only looks',
      suites: LIFECYCLE,
    },
    {
      id: 'throttled-fence-gives-up',
      find: '"Lambda.SdkClientException"\n          ],\n          "IntervalSeconds": 1,\n          "MaxAttempts": 20,\n          "BackoffRate": 2,\n          "MaxDelaySeconds": 20,\n          "JitterStrategy": "FULL"\n        },\n        {\n          "ErrorEquals": ["States.ALL"],\n          "IntervalSeconds": 1,\n          "MaxAttempts": 3,\n          "BackoffRate": 2,\n          "MaxDelaySeconds": 20,\n          "JitterStrategy": "FULL"\n        }\n      ],\n      "Next": "Has the identity departed?"',
      replace:
        '"Lambda.SdkClientException"\n          ],\n          "IntervalSeconds": 1,\n          "MaxAttempts": 2,\n          "BackoffRate": 2,\n          "MaxDelaySeconds": 20,\n          "JitterStrategy": "FULL"\n        },\n        {\n          "ErrorEquals": ["States.ALL"],\n          "IntervalSeconds": 1,\n          "MaxAttempts": 3,\n          "BackoffRate": 2,\n          "MaxDelaySeconds": 20,\n          "JitterStrategy": "FULL"\n        }\n      ],\n      "Next": "Has the identity departed?"',
      breaks: 'a leaver in a burst waits five minutes for the sweep',
      suites: ['test/statemachines/throttled-functions.test.ts'],
    },
    {
      id: 'task-without-time-out',
      find: '"TimeoutSeconds": 60,\n      "Parameters": {\n        "FunctionName": "${FenceOffArn}"',
      replace: '"Parameters": {\n        "FunctionName": "${FenceOffArn}"',
      breaks: 'a call that is lost holds the execution for a year',
      suites: FILES,
    },
    {
      id: 'token-left-out',
      find: '"token.$": "$$.Task.Token"',
      replace: '"token": "$$.Task.Token"',
      breaks: 'an execution that waits for people can never be woken',
      suites: LIFECYCLE,
    },
  ),
  ...inFile(
    'statemachines/converge.asl.json',
    {
      id: 'told-only-by-the-table',
      find: '"Default": "Tell a person"',
      replace: '"Default": "Not converged"',
      breaks: 'a system that never agrees is nobody’s business',
      suites: LIFECYCLE,
    },
    {
      id: 'overtaken-is-a-failure',
      find: '"Overtaken": {\n      "Type": "Succeed"',
      replace: '"Overtaken": {\n      "Type": "Fail"',
      breaks: 'whoever is overtaken by a newer pass escalates',
      suites: LIFECYCLE,
    },
  ),
  ...inFile(
    'statemachines/visit-applications.asl.json',
    {
      id: 'visits-stop-at-the-first-failure',
      find: '["States.ALL"],\n                      "ResultPath": "$.error"',
      replace: '["States.Timeout"],\n                      "ResultPath": "$.error"',
      breaks: 'one system that fails takes the answers of all others with it',
      suites: ['test/statemachines/visits.test.ts'],
    },
    {
      id: 'dead-calls-are-not-made-one-by-one',
      find: '"left.$": "$.call.visits"',
      replace: '"left": []',
      breaks: 'a function that dies of one application takes all others with it that it was to visit',
      suites: ['test/statemachines/visits.test.ts'],
    },
    {
      id: 'visits-outlast-express',
      find: '"MaxAttempts": 16',
      replace: '"MaxAttempts": 60',
      breaks: 'an Express execution is ended after 5 minutes, with the answers of all its applications',
      suites: FILES,
    },
  ),
  ...inFile('statemachines/reconcile.asl.json', {
    id: 'failed-run-is-not-ended',
    find: '"failed": true',
    replace: '"failed": false',
    breaks: 'a listing that broke off is the report',
    suites: ['test/handlers/reconciliation/reconciliation.test.ts'],
  }),
];
