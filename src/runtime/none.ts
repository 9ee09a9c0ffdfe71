import type { Call, Runtime } from './runtime.ts';

/** No runtime at all, for ends: every envelope is answered at once, with nothing to send on. */
export function createNoRuntime(): Runtime {
  const call: Call = {
    reply: Promise.resolve({ kind: 'answered', items: [], sizeBytes: 0 }),
    finished: Promise.resolve('in_time'),
  };
  return { call: () => call, close: async () => {} };
}
