// Worker threads do not inherit the TypeScript loader on Node 20.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
