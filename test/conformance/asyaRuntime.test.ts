import { describeRuntime } from './conformance.ts';
import { ASYA_RUNTIME } from './runtimes/asya.ts';

describeRuntime(ASYA_RUNTIME);
