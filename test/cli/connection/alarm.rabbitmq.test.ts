import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, test, type TestContext } from 'node:test';
import { openBroker, type Broker } from '../../kit/brokers/broker.ts';
import { setMemoryAlarm } from '../../kit/brokers/rabbitmqctl.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { envelopeWith, errorEnvelope } from '../../kit/envelopes/failures.ts';
import { killOnExit } from '../../kit/processes/killOnExit.ts';
import { PROGRAM } from '../../kit/processes/program.ts';
import { runBin, type ProgramResult, type Variables } from '../../kit/processes/sidecarProcess.ts';
import { until, within } from '../../kit/processes/until.ts';

// The tests raise an alarm, which blocks all publishers.
let broker: Broker;
before(async () => (broker = await openBroker({ series: sharedBroker().series })));
after(() => broker.close());

const BLOCKED = 'the broker accepts no publishes (memory or disk alarm); waiting\n';
const UNBLOCKED = 'the broker accepts publishes again\n';

test('send --wait reports an alarm, and ends when nothing has moved for its time', async (t) => {
  const { actor, variables } = await setup(t);
  const ran = await runBin(['send', '--wait', '2s', '-'], variables, envelopeAt(actor));
  assert.deepEqual([ran.code, ran.out], [1, '']);
  const unknown = 'env-1: unknown whether stored: no confirm from the broker: time over after 2s';
  assert.equal(ran.err, `${BLOCKED}${unknown}\n0 of 1 envelopes were sent\n`);
});

test('send waits for the end of an alarm, and reports it', async (t) => {
  const { actor, variables } = await setup(t);
  const ran = await runThroughAlarm(['send', '-'], variables, envelopeAt(actor));
  assert.deepEqual(ran, { code: 0, out: 'env-1\n', err: `${BLOCKED}${UNBLOCKED}` });
});

test('errors replay waits for the end of an alarm, and reports it, also with a canary', async (t) => {
  const { actor, variables, ready } = await setup(t);
  for (const canary of [[], ['--canary', '--canary-wait', '2s']]) {
    const args = ['errors', 'replay', '--all', '--limit', '1', '--route', actor, ...canary];
    const { err } = await runThroughAlarm(args, variables);
    assert.ok(err.startsWith(`${BLOCKED}${UNBLOCKED}`), err);
    await setMemoryAlarm(broker.control, true);
  }
  assert.equal(await ready(actor), 2);
});

/** Sets up an actor and error-end, which holds two messages, and raises the alarm. */
async function setup(t: TestContext): Promise<{
  readonly actor: string;
  readonly variables: Variables;
  readonly ready: (queue: string) => Promise<number | undefined>;
}> {
  const topology = uniqueTopology();
  const { actor, errorEnd } = topology;
  const { transport, states } = await openRabbitmqTransport(t, topology, { ports: [broker.port] });
  await states.until({ connected: true });
  for (const id of ['a', 'b']) {
    const body = errorEnvelope(envelopeWith({ id }), { actor: 'infer' });
    await transport.send(errorEnd, { body, headers: {} });
  }
  t.after(() => setMemoryAlarm(broker.control, false));
  await setMemoryAlarm(broker.control, true);
  return {
    actor,
    variables: { ASYA_RABBITMQ_URL: broker.url, ASYA_ACTOR_ERROR_END: errorEnd },
    ready: (queue) => transport.depth(queue),
  };
}

function envelopeAt(actor: string): string {
  return envelopeWith({ route: { actors: [actor], current: 0 } }).toString();
}

/** Runs a command to its end, and clears the alarm when the command has reported it. */
async function runThroughAlarm(
  args: readonly string[],
  variables: Variables,
  input = '',
): Promise<ProgramResult> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: variables, stdio: 'pipe' });
  killOnExit(child);
  child.stdin.end(input);
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = Promise.all([once(child, 'close'), text(child.stdout)]);
  await until(() => err.includes(BLOCKED), 'the report of the alarm');
  await setMemoryAlarm(broker.control, false);
  const [[code], out] = await within(ended, `the end of ${args.join(' ')}`, 20_000);
  return { code: code as number | null, out, err };
}
