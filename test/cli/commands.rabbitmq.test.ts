import { connect } from 'amqplib';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startScriptedRuntime, type ScriptedRuntime } from '../helpers/scriptedRuntime.ts';
import { sharedBroker } from '../helpers/sharedBroker.ts';
import {
  runBin,
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../helpers/sidecarProcess.ts';

interface Setup {
  readonly actor: string;
  readonly errorEnd: string;
  readonly variables: Variables;
  readonly runtime: ScriptedRuntime;
  readonly start: () => Promise<SidecarProcess>;
}

/** An actor with names of its own, whose runtime refuses everything. */
async function setup(t: TestContext): Promise<Setup> {
  const run = randomUUID().slice(0, 8);
  const directory = await mkdtemp(join(tmpdir(), 'asya-commands-'));
  const refusal = JSON.stringify({ error: 'ValueError', message: 'on purpose' });
  const runtime = await startScriptedRuntime(join(directory, 'asya-runtime.sock'), () => refusal);
  const closers = [() => runtime.stop(), () => rm(directory, { recursive: true })];
  t.after(async () => {
    for (const close of closers) await close();
  });
  const actor = `actor-${run}`;
  const errorEnd = `error-${run}`;
  const variables = {
    ASYA_RABBITMQ_URL: sharedBroker().url,
    ASYA_ACTOR_HAPPY_END: `happy-${run}`,
    ASYA_ACTOR_ERROR_END: errorEnd,
  };
  const start = async (): Promise<SidecarProcess> => {
    const sidecar = await startSidecarProcess({
      ...variables,
      ASYA_ACTOR_NAME: actor,
      ASYA_SOCKET_DIR: directory,
    });
    closers.unshift(sidecar.close);
    await sidecar.ready();
    return sidecar;
  };
  return { actor, errorEnd, variables, runtime, start };
}

/** Loses the first message of a queue. */
async function takeOne(queue: string): Promise<void> {
  const connection = await connect(sharedBroker().url);
  try {
    const channel = await connection.createChannel();
    assert.notEqual(await channel.get(queue, { noAck: true }), false);
  } finally {
    await connection.close();
  }
}

function envelopes(actor: string, ids: readonly string[]): string {
  const route = { actors: [actor], current: 0 };
  return ids.map((id) => JSON.stringify({ id, route, payload: { id } })).join('\n');
}

test('what was sent and failed is replayed, a part at a time, in order', async (t) => {
  const { actor, variables, runtime, start } = await setup(t);
  const sidecar = await start();
  const sent = await runBin(['send', '-'], variables, envelopes(actor, ['a', 'b', 'c']));
  assert.deepEqual(sent, { code: 0, out: 'a\nb\nc\n', err: '' });
  for (const id of ['a', 'b', 'c']) assert.equal((await sidecar.logged('hop: error_end'))['envelope_id'], id);

  runtime.script = (payload) => payload;
  const dry = await runBin(['replay', '--dry-run'], variables);
  assert.equal(dry.out.match(/would be replayed/g)?.length, 3);
  const first = await runBin(['replay', '--limit', '1'], variables);
  assert.match(first.out, /^a .* replayed$/m);
  assert.equal((await sidecar.logged('hop: forward'))['envelope_id'], 'a');
  const rest = await runBin(['replay', '--code', 'runtime_error'], variables);
  assert.equal(rest.code, 0, rest.err);
  for (const id of ['b', 'c']) assert.equal((await sidecar.logged('hop: forward'))['envelope_id'], id);
  assert.deepEqual(runtime.calls.slice(3), ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}']);
});

test('the ledger finds what was taken out of a queue, and leaves the rest there', async (t) => {
  const { actor, errorEnd, variables, start } = await setup(t);
  const sidecar = await start();
  const sent = envelopes(actor, ['a', 'b', 'c']);
  assert.equal((await runBin(['send', '-'], variables, sent)).code, 0);
  for (const _ of ['a', 'b', 'c']) await sidecar.logged('hop: error_end');

  const ledger = ['ledger', '--sent', '-', '--look', errorEnd];
  const balanced = await runBin(ledger, variables, sent);
  assert.deepEqual([balanced.code, balanced.err], [0, '']);
  assert.match(balanced.out, /^ {2}runtime_error +3$/m);
  assert.match(balanced.out, /^lost +0$/m);

  await takeOne(`asya-${errorEnd}`);
  const short = await runBin(ledger, variables, sent);
  assert.equal(short.code, 1);
  assert.match(short.out, /^lost:\n {2}a$/m);
});

test('an actor without a queue is told', async (t) => {
  const { actor, variables } = await setup(t);
  const { code, out, err } = await runBin(['send', '-'], variables, envelopes(actor, ['a']));
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^a: no queue takes what is sent to "actor-.*"; nothing was stored$/m);
});

test('an error-end without a queue is told', async (t) => {
  const { errorEnd, variables } = await setup(t);
  const { code, err } = await runBin(['replay'], variables);
  assert.equal(code, 1);
  assert.ok(err.includes(`cannot take from "${errorEnd}": `), err);
});
