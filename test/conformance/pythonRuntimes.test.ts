import { describeRuntime } from './conformance.ts';
import { PYTHON_RUNTIMES } from './runtimes/reference.ts';

for (const adapter of PYTHON_RUNTIMES) describeRuntime(adapter);
