import { describeBatches, describeRuntime } from './conformance.ts';
import { PYTHON_KIT, PYTHON_KIT_BATCHES } from './runtimes/pythonKit.ts';

for (const adapter of PYTHON_KIT) describeRuntime(adapter);
for (const adapter of PYTHON_KIT_BATCHES) describeBatches(adapter);
