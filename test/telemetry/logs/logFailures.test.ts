import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { logs, type LoggerProvider } from '@opentelemetry/api';
import { createLogging } from '../../../telemetry/logs/logging.ts';
import {
  brokenParts,
  register,
  throwing,
  unregister,
} from '../../kit/telemetry/brokenTelemetry.ts';

const PROVIDERS: Readonly<Record<string, LoggerProvider>> = {
  'the logger provider': throwing(),
  'the logger': { getLogger: () => throwing() },
  'emit of the logger': { getLogger: () => ({ enabled: () => true, emit: throwingOnly }) },
};

for (const [part, provider] of Object.entries(PROVIDERS)) {
  test(`every line is written while ${part} throws, and one line reports it`, async (t) => {
    t.after(unregister);
    register({});
    logs.setGlobalLoggerProvider(provider);
    assert.deepEqual(await writeThree(), ['one', 'two', FAILED, 'three']);
  });
}

test('every line is written while the context manager throws', async (t) => {
  t.after(unregister);
  register(brokenParts().get('active of the context manager') ?? {});
  assert.deepEqual(await writeThree(), ['one', 'two', FAILED, 'three']);
});

const FAILED = 'telemetry failed; continuing without it';

async function writeThree(): Promise<unknown[]> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const { log } = createLogging({ actor: 'infer', level: 'info', format: 'json', destination });
  log.info('one');
  log.info('two');
  await setImmediate();
  log.info('three');
  return lines.map((line) => (JSON.parse(line) as Record<string, unknown>)['msg']);
}

function throwingOnly(): never {
  throw new Error('emit is broken');
}
