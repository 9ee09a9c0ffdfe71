import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startSidecarProcess } from '../kit/processes/sidecarProcess.ts';
import { countIds, fatesAt, openStage, type StageOptions } from '../kit/rigs/stage.ts';
import { supervise } from '../kit/processes/supervised.ts';
import { until } from '../kit/processes/until.ts';

const RUNTIME = fileURLToPath(new URL('../fixtures/chaosRuntime.ts', import.meta.url));
const NEIGHBOURS = 12;

/**
 * A payload that kills the runtime at each attempt, among harmless ones. The same tests run on each
 * transport.
 */
export function poisonTable(transportName: string, options: StageOptions): void {
  describe(`poison on ${transportName}`, { timeout: 110_000 }, () => {
    for (const attempts of [1, 3]) {
      test(`a message that kills the runtime at each of ${attempts} attempts ends in error-end alone; all others pass`, async (t) => {
        const { socketPath, variables, send, happyEnd, errorEnd } = await openStage(t, options);
        const runtime = supervise({
          command: [process.execPath, RUNTIME, socketPath, 'work'],
          env: {},
          logFile: join(dirname(socketPath), 'runtime.log'),
        });
        t.after(() => runtime.stop('SIGKILL'));
        const sidecar = await startSidecarProcess({
          ...variables,
          ASYA_CONCURRENCY: '4',
          ASYA_RETRY_MAX_ATTEMPTS: `${attempts}`,
        });
        t.after(sidecar.close);
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
    }
  });
}
