import type { Reply, Runtime } from './runtime.ts';

/** No runtime at all, for ends: every envelope is answered at once, with nothing to send on. */
export function createNoRuntime(): Runtime {
  const reply: Reply = { kind: 'answered', items: [], sizeBytes: 0 };
  return { call: async () => reply, close: async () => {} };
}
