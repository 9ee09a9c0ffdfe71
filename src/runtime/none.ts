import type { Reply, Runtime } from './runtime.ts';

/** The runtime of an end without a process: every call is answered at once, without an item. */
export function createNoRuntime(): Runtime {
  const reply: Reply = { kind: 'answered', items: [], sizeBytes: 0 };
  return { call: async () => reply, close: async () => {} };
}
