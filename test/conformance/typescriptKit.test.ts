import { describeBatches, describeRuntime } from './conformance.ts';
import { TYPESCRIPT_KIT, TYPESCRIPT_KIT_BATCHES } from './runtimes/typescriptKit.ts';

for (const adapter of TYPESCRIPT_KIT) describeRuntime(adapter);
for (const adapter of TYPESCRIPT_KIT_BATCHES) describeBatches(adapter);
