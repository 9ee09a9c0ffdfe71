import { describeRuntime } from './conformance.ts';
import { TYPESCRIPT_KIT } from './runtimes/typescriptKit.ts';

describeRuntime(TYPESCRIPT_KIT);
