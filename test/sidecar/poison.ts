import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../kit/processes/sidecarProcess.ts';
import { countIds, fatesAt, openStage, type StageOptions } from '../kit/rigs/stage.ts';
import { supervise, type Supervised } from '../kit/processes/supervised.ts';
import { until } from '../kit/processes/until.ts';

const RUNTIME = fileURLToPath(new URL('../fixtures/chaosRuntime.ts', import.meta.url));
const NEIGHBOURS = 12;

/**
 * A payload that kills the runtime at each attempt, among harmless ones. The same tests run on each
 * transport.
 */
export function poisonTable(transportName: string, options: StageOptions): void {
  describe(`poison on ${transportName}`, { timeout: 240_000 }, () => {
    for (const attempts of [1, 3]) {
      test(`a message that kills the runtime at each of ${attempts} attempts ends in error-end alone; all others pass`, async (t) => {
        const startRuntime = prepareRuntime(t);
        const { variables, send, happyEnd, errorEnd, socketPath } = await openStage(t, options);
        startRuntime(socketPath);
        const sidecar = await startSidecar(t, {
          ...variables,
          ASYA_CONCURRENCY: '4',
          ASYA_RETRY_MAX_ATTEMPTS: `${attempts}`,
        });
        await sidecar.ready();

        // The first message, so that each of its crashes ends all concurrent calls.
        await send('poison', { takesMs: 0, killAt: 'work' });
        for (let n = 0; n < NEIGHBOURS; n++) await send(`innocent-${n}`, { takesMs: 150 });
        await until(() => countIds(happyEnd) === NEIGHBOURS, 'the other messages', 60_000);
        await until(() => errorEnd.arrived.length > 0, 'the poison', 30_000);
        assert.deepEqual(fatesAt(errorEnd), [
          { id: 'poison', code: 'runtime_crashed', attempt: attempts },
        ]);
      });

      for (const concurrency of [1, 4]) {
        test(`in batches, a message that kills the runtime at each of ${attempts} attempts costs no other message an attempt at concurrency ${concurrency}`, async (t) => {
          const startRuntime = prepareRuntime(t);
          const { variables, send, happyEnd, errorEnd, socketPath } = await openStage(t, options);
          const neighbours = 6 * (concurrency + 1);
          for (let n = 0; n < 6; n++) await send(`before-${n}`, { takesMs: 25 });
          await send('poison', { takesMs: 0, killAt: 'work' });
          for (let n = 6; n < neighbours; n++) await send(`after-${n}`, { takesMs: 25 });
          startRuntime(socketPath, concurrency === 1 ? SLOW_RESTART_MS : 100);
          const sidecar = await startSidecar(t, {
            ...variables,
            ASYA_BATCH_SIZE: '8',
            ASYA_CONCURRENCY: `${concurrency}`,
            ASYA_RETRY_MAX_ATTEMPTS: `${attempts}`,
          });
          await until(() => countIds(happyEnd) === neighbours, 'the other messages', 60_000);
          await until(() => errorEnd.arrived.length > 0, 'the poison', 30_000);
          assert.deepEqual(fatesAt(errorEnd), [
            { id: 'poison', code: 'runtime_crashed', attempt: attempts },
          ]);
          const spent = (await retriesOf(sidecar)).filter(({ reason }) => reason !== 'alone');
          assert.deepEqual(
            spent.map(({ envelope_id }) => envelope_id),
            Array(attempts - 1).fill('poison'),
          );
          assert.ok(sidecar.count(BATCH_FAILED) > 0, 'the poison was in a batch');
        });
      }
    }
  });
}

const BATCH_FAILED = 'call of a batch failed; calling its envelopes one by one';

/** The log lines of all retries so far. */
function retriesOf(sidecar: SidecarProcess): Promise<readonly Record<string, unknown>[]> {
  const count = sidecar.count('hop: retry');
  return Promise.all(Array.from({ length: count }, () => sidecar.logged('hop: retry')));
}

/** Longer than the sidecar needs to detect the absence of the runtime. */
const SLOW_RESTART_MS = 1_200;

/**
 * Returns a function that starts the runtime. To be called before `openStage`: the runtime, which
 * writes into the folder of its socket when it restarts, must stop before the folder is removed.
 */
function prepareRuntime(t: TestContext): (socketPath: string, restartMs?: number) => void {
  let runtime: Supervised | undefined;
  t.after(() => runtime?.stop('SIGKILL'));
  return (socketPath, restartMs = 100) => {
    runtime = supervise({
      command: [process.execPath, RUNTIME, socketPath, 'work'],
      env: {},
      logFile: join(dirname(socketPath), 'runtime.log'),
      restartDelayMs: () => restartMs,
    });
  };
}

async function startSidecar(t: TestContext, variables: Variables): Promise<SidecarProcess> {
  const sidecar = await startSidecarProcess(variables);
  t.after(sidecar.close);
  return sidecar;
}
