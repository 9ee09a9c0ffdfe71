import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../kit/processes/program.ts';
import { supervise } from '../kit/processes/supervised.ts';
import { until } from '../kit/processes/until.ts';
import { countIds, fatesAt, openStage, type StageOptions } from '../kit/rigs/stage.ts';

const RUNTIME = fileURLToPath(new URL('../fixtures/chaosRuntime.ts', import.meta.url));
const NEIGHBOURS = 5;

/**
 * A payload that hangs in the runtime, in a batch, with `ASYA_RUNTIME_TIMEOUT_ACTION=exit`. The
 * same test runs on each transport.
 */
export function hangingBatch(transportName: string, options: StageOptions): void {
  describe(`a hanging batch on ${transportName}`, { timeout: 240_000 }, () => {
    test('ends the sidecar once, and each of its messages is then called alone', async (t) => {
      const { variables, send, happyEnd, errorEnd, socketPath } = await openStage(t, options);
      await send('hanging', { takesMs: 600_000 });
      for (let n = 0; n < NEIGHBOURS; n++) await send(`innocent-${n}`, { takesMs: 1 });
      const start = (name: string, command: [string, ...string[]]) => {
        const logFile = join(dirname(socketPath), `${name}.log`);
        const process = supervise({ command, env: variablesOf(variables), logFile });
        t.after(() => process.stop('SIGKILL'));
        return process;
      };
      start('runtime', [process.execPath, RUNTIME, socketPath, 'work']);
      const sidecar = start('sidecar', [process.execPath, PROGRAM]);
      await until(() => countIds(happyEnd) === NEIGHBOURS, 'the other messages', 60_000);
      await until(() => errorEnd.arrived.length > 0, 'the message that hangs', 60_000);
      assert.deepEqual(fatesAt(errorEnd), [{ id: 'hanging', code: 'runtime_timeout', attempt: 1 }]);
      await until(() => sidecar.exits.length === 2, 'the exits after the batch and the call alone');
      assert.deepEqual(sidecar.exits, [1, 1]);
    });
  });
}

function variablesOf(variables: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...variables,
    ASYA_BATCH_SIZE: '6',
    ASYA_RETRY_MAX_ATTEMPTS: '1',
    ASYA_RUNTIME_TIMEOUT: '1s',
    ASYA_RUNTIME_TIMEOUT_ACTION: 'exit',
  };
}
