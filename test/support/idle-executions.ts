// Step Functions while nothing else is under way.
import type { RunningExecutions } from '../../lambdas/stores/running-executions.ts';

export const IDLE: RunningExecutions = { areAtLeast: async () => false };
