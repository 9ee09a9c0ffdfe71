import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { MINUTE } from '../../../src/units.ts';
import type { Settled } from '../../../src/hop/hop.ts';
import { traceHops } from '../../../telemetry/spans/hopSpans.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

const FAULT = { code: 'runtime_error', message: "'price'", type: 'KeyError' } as const;

async function spanOf(settled: Settled) {
  const layer = traceHops({
    actor: 'infer',
    tracer: trace.getTracer('test'),
    system: 'memory',
    maxGapMs: MINUTE,
    guard: strictGuard,
  });
  await layer(async () => settled)(hopOf());
  const [span] = sdk.takeSpans();
  return span ?? assert.fail('no span');
}

test('a give-back, a failed probe and a repeat alone have a reason, and are no errors', async () => {
  const givenBack = await spanOf({ name: 'give_back', dispatched: 0, giveBack: 'breaker' });
  assert.equal(givenBack.attributes['asya.outcome.reason'], 'breaker');
  const retry = { name: 'retry', dispatched: 0, fault: FAULT, deferral: true } as const;
  const probe = await spanOf({ ...retry, probe: true });
  assert.equal(probe.attributes['asya.outcome.reason'], 'probe');
  assert.equal(probe.status.message, undefined);
  const alone = await spanOf({ ...retry, alone: true });
  assert.equal(alone.attributes['asya.outcome.reason'], 'alone');
  assert.ok(!('asya.outcome.reason' in (await spanOf(retry)).attributes));
});

test('the status of a failed hop has the class of the error', async () => {
  const failed = await spanOf({ name: 'error_end', dispatched: 1, fault: FAULT });
  assert.equal(failed.status.message, "KeyError: 'price'");
});

test('the status of a failed hop is truncated between characters, without the password of a URL', async () => {
  const url = 'amqp://user:hunter2@host/';
  const message = `${url}${'😀'.repeat(5_000)}`;
  const failed = await spanOf({
    name: 'error_end',
    dispatched: 1,
    fault: { code: 'runtime_error', message },
  });
  const shown = failed.status.message ?? '';
  assert.ok(shown.startsWith('amqp://user:***@host/😀'));
  assert.equal(shown.length, 1_023);
  assert.ok(shown.isWellFormed());
});
