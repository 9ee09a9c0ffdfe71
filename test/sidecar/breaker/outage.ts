import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { TRANSPORT_HEADER, type Message } from '../../../src/transport/message.ts';
import { MINUTE } from '../../../src/units.ts';
import { until } from '../../kit/processes/until.ts';
import type { Script } from '../../kit/runtimes/scriptedRuntime.ts';
import { openRig, type OpenTransport, type Rig, type RigOptions } from '../../kit/rigs/rig.ts';

const QUEUED = 1_000;
const MIN_HOPS = 20;
const BREAKER = { errorRate: 0.5, minHops: MIN_HOPS, windowMs: MINUTE, cooldownMs: 50 };
const ERROR = '{"error": "http_500", "message": "out of memory"}';
const RETRYABLE = '{"error": "http_500", "message": "out of memory", "retryable": true}';

/** Outages of a model server with a long backlog, on one transport. */
export function outageTable(transport: string, open: OpenTransport): void {
  describe(`an outage of the model server, on ${transport}`, { timeout: 240_000 }, () => {
    test('an outage with 1,000 queued envelopes costs at most as many as the breaker needs to open', async (t) => {
      const { rig } = await queueBacklog(t, { open, script: () => ERROR });
      await failProbes(rig, 3);
      assert.ok(rig.errorEnd.arrived.length > 0, 'the breaker opened by failures');
      assert.ok(rig.errorEnd.arrived.length <= MIN_HOPS, `${rig.errorEnd.arrived.length}`);
      rig.runtime.script = () => '"answered"';
      const lost = (): number => QUEUED - rig.next.arrived.length - rig.errorEnd.arrived.length;
      await until(() => lost() === 0, 'every other envelope is processed', 60_000);
      assert.ok(rig.errorEnd.arrived.length <= MIN_HOPS);
      assert.equal(rig.health.paused.size, 0);
    });

    test('an outage after many answered calls costs no more', async (t) => {
      const answered = 300;
      const script: Script = (_, call) => (call > answered ? ERROR : '"answered"');
      const { rig } = await queueBacklog(t, { open, script });
      await failProbes(rig, 3);
      assert.ok(rig.errorEnd.arrived.length > 0, 'the breaker opened by failures');
      assert.ok(rig.errorEnd.arrived.length <= MIN_HOPS, `${rig.errorEnd.arrived.length}`);
      await until(() => rig.next.arrived.length === answered, 'the answered envelopes');
    });

    test('an outage with retryable errors costs as few attempts', async (t) => {
      const { rig, retries } = await queueBacklog(t, { open, script: () => RETRYABLE });
      await failProbes(rig, 3);
      const spent = new Set(retries.filter(({ attempt }) => attempt > 1).map(({ key }) => key));
      assert.ok(spent.size <= MIN_HOPS, `${spent.size} attempts`);
      assert.ok(retries.length > spent.size, 'a failed probe keeps its attempt');
      assert.ok(retries.every(({ deferrals }) => deferrals === 0));
      assert.equal(rig.errorEnd.arrived.length, 0);
      rig.runtime.script = () => '"answered"';
      await until(() => rig.next.arrived.length === QUEUED, 'every envelope is processed', 60_000);
    });
  });
}

/** A message that was sent to the retry queue. */
interface SentRetry {
  readonly attempt: number;
  readonly deferrals: number;
  /** Its envelope and its attempt. */
  readonly key: string;
}

function readRetry({ body, headers }: Message): SentRetry {
  const attempt = Number(headers[TRANSPORT_HEADER.attempt] ?? 1);
  const { id } = JSON.parse(body.toString()) as { id: string };
  const deferrals = Number(headers[TRANSPORT_HEADER.deferrals] ?? 0);
  return { attempt, deferrals, key: `${id} ${attempt}` };
}

/** Starts the runtime of a sidecar after its envelopes were sent. */
async function queueBacklog(
  t: TestContext,
  options: Pick<RigOptions, 'open' | 'script'>,
): Promise<{ rig: Rig; retries: SentRetry[] }> {
  const retries: SentRetry[] = [];
  const open: OpenTransport = async (topology, onState) => {
    const transport = await options.open(topology, onState);
    const send = transport.send.bind(transport);
    transport.send = (queue, message, sendOptions) => {
      if (sendOptions?.delayMs !== undefined) retries.push(readRetry(message));
      return send(queue, message, sendOptions);
    };
    return transport;
  };
  const rig = await openRig({
    open,
    script: options.script,
    concurrency: 100,
    config: { breaker: BREAKER },
  });
  t.after(() => rig.close());
  await rig.runtime.stop();
  await until(() => rig.health.paused.has('runtime_absent'), 'consuming is paused');
  await Promise.all(Array.from({ length: QUEUED }, (_, n) => rig.send(rig.envelope(n))));
  await rig.runtime.start();
  return { rig, retries };
}

/** Resolves after some failed probes. Each is one call. */
async function failProbes(rig: Rig, count: number): Promise<void> {
  await until(() => rig.health.breaker !== '', 'the breaker is open');
  const isProbed = (): boolean => rig.health.breaker.startsWith('open, the last probe failed');
  await until(isProbed, 'a failed probe');
  const { length } = rig.runtime.calls;
  await until(() => rig.runtime.calls.length >= length + count - 1, `${count} failed probes`);
}
