import { describeRuntime } from './conformance.ts';
import { TYPESCRIPT_RUNTIMES } from './runtimes/reference.ts';

for (const adapter of TYPESCRIPT_RUNTIMES) describeRuntime(adapter);
