import type { Reply, Runtime } from './runtime.ts';

/** Creates the runtime of the protocol `none`, which answers each call with an empty reply. */
export function createNoRuntime(): Runtime {
  const reply: Reply = { kind: 'answered', items: [], sizeBytes: 0 };
  return { call: async () => reply, close: async () => {} };
}
