#!/usr/bin/env node
// `npx tenure` in a clone: what is written in TypeScript is read as it stands.
import { register } from 'tsx/esm/api';

register();
const { runCommand } = await import('./command.ts');
process.exitCode = await runCommand(process.argv.slice(2));
