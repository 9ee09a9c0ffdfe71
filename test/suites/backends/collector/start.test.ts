import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { COLLECTOR_FILE, startCollectorProcess } from '../../../kit/telemetry/collectorProcess.ts';
import { startTelemetryBackend } from '../../../kit/telemetry/telemetryBackend.ts';

const { path: program, skip } = await findGoProgram('collector');

test('the collector accepts its configuration as shipped', { skip }, () => {
  const { status, stdout, stderr } = spawnSync(
    program,
    ['validate', `--config=${COLLECTOR_FILE}`],
    { encoding: 'utf8', env: {} },
  );
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
});

test('the collector starts and stops without a warning', { skip }, async (t) => {
  const backend = await startTelemetryBackend(t);
  const collector = await startCollectorProcess(t, { program, backend });
  assert.equal(await collector.stop('SIGTERM'), 0);
  assert.deepEqual(
    collector
      .log()
      .split('\n')
      .filter((line) => /\t(?:warn|error)\t|deprecated/i.test(line)),
    [],
  );
});
