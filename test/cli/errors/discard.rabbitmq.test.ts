import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Transport } from '../../../src/transport/transport.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { envelopeWith, errorEnvelope } from '../../kit/envelopes/failures.ts';
import { assertNoLoss } from '../../kit/processes/killedDiscards.ts';
import { runBin, type Variables } from '../../kit/processes/sidecarProcess.ts';

interface Setup {
  readonly transport: Transport;
  readonly errorEnd: string;
  readonly variables: Variables;
}

async function setup(t: TestContext): Promise<Setup> {
  const { url } = sharedBroker();
  const topology = uniqueTopology();
  const ports = [Number(new URL(url).port)];
  const { transport } = await openRabbitmqTransport(t, topology, { ports });
  const { happyEnd, errorEnd } = topology;
  const variables = {
    ASYA_RABBITMQ_URL: url,
    ASYA_ACTOR_HAPPY_END: happyEnd,
    ASYA_ACTOR_ERROR_END: errorEnd,
  };
  return { transport, errorEnd, variables };
}

test('on RabbitMQ, a discard acknowledges exactly the messages that it has written', async (t) => {
  const { transport, errorEnd, variables } = await setup(t);
  const folder = await mkdtemp(join(tmpdir(), 'asya-discard-'));
  t.after(() => rm(folder, { recursive: true }));
  const ids = Array.from({ length: 2_000 }, (_, n) => `e-${n}`);
  const bodies = ids.map((id) => errorEnvelope(envelopeWith({ id })));
  await Promise.all(bodies.map((body) => transport.send(errorEnd, { body, headers: {} })));
  const file = join(folder, 'discarded.jsonl');
  const discard = ['errors', 'discard', '--all', '--limit', '700', '--file', file];
  assert.equal((await runBin(discard, variables)).code, 0);
  assert.deepEqual(idsIn(await readFile(file, 'utf8')), ids.slice(0, 700));
  const { out } = await runBin(['errors', 'export'], variables);
  assert.deepEqual(idsIn(out), ids.slice(700));
});

function idsIn(jsonLines: string): string[] {
  const lines = jsonLines.trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { error: { id: string } }).error.id);
}

test('on RabbitMQ, a discard that is killed at any point loses no message', async (t) => {
  await assertNoLoss(t, { ...(await setup(t)), release: () => {} });
});
