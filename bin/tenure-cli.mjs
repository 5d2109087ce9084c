#!/usr/bin/env node
// `npx tenure` in a clone: what is written in TypeScript is read as it stands.
import { register } from 'tsx/esm/api';

// The AWS SDK's advice on Node versions is not for whoever reads an answer.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
register();
const { runCommand } = await import('./command.ts');
process.exitCode = await runCommand(process.argv.slice(2));
