import { test } from 'node:test';
import { temporarySocketPath } from '../kit/runtimes/socketServer.ts';
import type { Case, Stage } from './case.ts';
import { BATCH_CASES } from './cases/batches.ts';
import { CONNECTION_CASES } from './cases/connections.ts';
import { CONTEXT_CASES } from './cases/context.ts';
import { ENVELOPE_CASES } from './cases/envelopes.ts';
import { ERROR_CASES } from './cases/errors.ts';
import { HTTP_CASES } from './cases/http.ts';
import { LIFECYCLE_CASES } from './cases/lifecycle.ts';
import { REPLY_CASES } from './cases/replies.ts';
import { BAD_REQUEST_CASES } from './cases/badRequests.ts';
import { spawnRuntime, type RuntimeUnderTest } from './runtimeUnderTest.ts';
import type { Adapter, Protocol } from './runtimes/adapter.ts';

/** The cases of the suite, in the order in which they run on one process. */
const CASES: readonly Case[] = [
  ...REPLY_CASES,
  ...ERROR_CASES,
  ...CONTEXT_CASES,
  ...ENVELOPE_CASES,
  ...CONNECTION_CASES,
  ...BAD_REQUEST_CASES,
  ...HTTP_CASES,
  ...LIFECYCLE_CASES,
];

/** Runs the conformance suite on a runtime, once for each of its protocols. */
export function describeRuntime(adapter: Adapter): void {
  describe(adapter, CASES);
}

/** Runs the cases of batches on a runtime that was configured for them. */
export function describeBatches(adapter: Adapter): void {
  describe(adapter, BATCH_CASES);
}

function describe(adapter: Adapter, cases: readonly Case[]): void {
  for (const protocol of adapter.protocols) {
    const skip = adapter.absence ?? false;
    test(`${adapter.name}, ${protocol}`, { skip }, async (t) => {
      const runtime = await spawnRuntime(t, adapter, protocol, {
        socketPath: await temporarySocketPath(t),
      });
      await runtime.listening();
      for (const { title, needs = [], protocols = adapter.protocols, run } of cases) {
        if (!protocols.includes(protocol)) continue;
        const missing = needs.find((feature) => !adapter.features.has(feature));
        const reason = missing === undefined ? false : `the runtime does not claim: ${missing}`;
        await t.test(title, { skip: reason }, (t) => run(stageOf(t, adapter, protocol, runtime)));
      }
    });
  }
}

function stageOf(
  t: Stage['t'],
  adapter: Adapter,
  protocol: Protocol,
  runtime: RuntimeUnderTest,
): Stage {
  return {
    t,
    protocol,
    features: adapter.features,
    runtime,
    spawn: async (options = {}) =>
      spawnRuntime(t, adapter, protocol, {
        socketPath: await temporarySocketPath(t),
        ...options,
      }),
  };
}
