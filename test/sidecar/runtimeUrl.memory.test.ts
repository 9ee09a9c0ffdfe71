import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { test, type TestContext } from 'node:test';
import { createMemoryBroker } from '../../src/transport/memory/broker.ts';
import { openMemory } from '../../src/transport/memory/memory.ts';
import { until, within } from '../kit/processes/until.ts';
import { openRig, type Rig } from '../kit/rigs/rig.ts';
import { tcpEndpoint } from '../kit/runtimes/endpoints.ts';
import { openTcpServer, type TcpServer } from '../kit/runtimes/tcpServer.ts';

interface Stage {
  readonly rig: Rig;
  readonly server: TcpServer;
  /** The headers of each call. */
  readonly calls: IncomingHttpHeaders[];
  readonly health: { status: number };
}

async function openStage(t: TestContext, healthPath: string | null = null): Promise<Stage> {
  const calls: IncomingHttpHeaders[] = [];
  const health = { status: 200 };
  const server = await openTcpServer(t, () =>
    createServer(({ method, headers }, response) => {
      if (method === 'GET') return response.writeHead(health.status).end();
      calls.push(headers);
      return response.end('"done"');
    }),
  );
  const host = `127.0.0.1:${server.port}`;
  const broker = createMemoryBroker();
  const rig = await openRig({
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    script: () => assert.fail('the runtime at the URL is called'),
    protocol: 'http',
    concurrency: 4,
    config: {
      runtime: { endpoint: tcpEndpoint(server.port), http: { target: '/', host, healthPath } },
    },
  });
  t.after(() => rig.close());
  return { rig, server, calls, health };
}

function attemptsOf(calls: readonly IncomingHttpHeaders[]): ReadonlySet<unknown> {
  return new Set(calls.map((headers) => headers['asya-attempt']));
}

test('no attempt is spent while the server at the URL restarts between calls', async (t) => {
  const { rig, server, calls } = await openStage(t);
  const rounds = 10;
  for (let round = 0; round < rounds; round++) {
    await Promise.all([0, 1, 2].map(() => rig.send(rig.envelope(round))));
    await within(
      until(() => rig.next.arrived.length === 3 * (round + 1), 'the envelopes of a round'),
      'a round',
    );
    await server.stop();
    await server.start();
  }
  assert.equal(calls.length, 3 * rounds);
  assert.deepEqual(attemptsOf(calls), new Set(['1']));
  assert.equal(rig.errorEnd.arrived.length, 0);
});

test('messages wait while no process listens at the URL, and spend no attempt', async (t) => {
  const { rig, server, calls } = await openStage(t);
  await server.stop();
  await until(() => !rig.health.runtime.ready, 'the absence of the runtime');
  const reason = `nothing listens on 127.0.0.1:${server.port} (ECONNREFUSED)`;
  assert.deepEqual(rig.health.runtime, { ready: false, reason });
  await rig.send(rig.envelope(1));
  await server.start();
  await within(rig.next.take(), 'the envelope');
  assert.deepEqual(attemptsOf(calls), new Set(['1']));
});

test('messages wait while the health path does not answer 2xx, and spend no attempt', async (t) => {
  const { rig, calls, health } = await openStage(t, '/health');
  health.status = 503;
  await until(() => !rig.health.runtime.ready, 'the absence of the runtime');
  await rig.send(rig.envelope(1));
  health.status = 200;
  await within(rig.next.take(), 'the envelope');
  assert.deepEqual(attemptsOf(calls), new Set(['1']));
});
