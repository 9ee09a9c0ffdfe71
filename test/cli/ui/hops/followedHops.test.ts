import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import {
  FollowedHops,
  type FollowedHopsOptions,
} from '../../../../src/cli/ui/hops/followedHops.ts';
import type { SidecarAddress } from '../../../../src/cli/tail/access/sidecarAddress.ts';
import { until } from '../../../kit/processes/until.ts';
import { startHopsServer } from '../../../kit/telemetry/hopsServer.ts';

function follow(
  t: TestContext,
  addresses: readonly SidecarAddress[],
  options: Partial<FollowedHopsOptions> = {},
): FollowedHops {
  const hops = new FollowedHops({
    addresses,
    resolve: async () => ['127.0.0.1'],
    readToken: () => undefined,
    resolveIntervalMs: 5,
    ...options,
  });
  t.after(() => hops.stop());
  hops.start();
  return hops;
}

const hasNoProblem = (hops: FollowedHops): Promise<void> =>
  until(() => hops.sidecars.some(({ problem }) => problem === undefined), 'a connection');

test('a sidecar has no problem during the first attempt to connect', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const hops = follow(t, [{ host: '127.0.0.1', port }]);
  const [socket] = (await accepted) as [Socket];
  assert.equal(hops.sidecars[0]?.problem, undefined);
  socket.destroy();
  await until(() => hops.sidecars[0]?.problem === 'connection lost', 'the problem');
});

test('a sidecar that does not answer has a problem, and is followed when it is there', async (t) => {
  const { port, close } = await startHopsServer(t);
  await close();
  const hops = follow(t, [{ host: '127.0.0.1', port }]);
  const problemOf = (): string | undefined => hops.sidecars[0]?.problem;
  await until(() => problemOf() === `connect ECONNREFUSED 127.0.0.1:${port}`, 'the problem');
  const again = await startHopsServer(t, { port });
  await hasNoProblem(hops);
  assert.equal(hops.sidecars[0]?.actor, undefined);
  await again.run(undefined, { envelope: { id: 'env-1' } });
  await until(() => hops.ring.size === 1, 'a hop');
  const [{ address, actor, problem } = { address: '', actor: '', problem: '' }] = hops.sidecars;
  assert.deepEqual([address, actor, problem], [`127.0.0.1:${port}`, 'infer', undefined]);
  assert.equal(hops.ring.slice(1, 1)[0]?.id, 'env-1');
});

test('a sidecar with two addresses is one sidecar', async (t) => {
  const { port } = await startHopsServer(t, { host: '::' });
  const hops = follow(t, [
    { host: '127.0.0.1', port },
    { host: '::1', port },
  ]);
  await until(() => hops.sidecars.length === 1, 'one sidecar');
});

test('a host name that is not resolved has a problem until it is', async (t) => {
  const { port } = await startHopsServer(t);
  let isKnown = false;
  const hops = follow(t, [{ host: 'infer', port }], {
    resolve: async () => {
      if (isKnown) return ['127.0.0.1'];
      throw new Error('getaddrinfo ENOTFOUND infer');
    },
  });
  await until(() => hops.sidecars.length === 1, 'the name');
  assert.deepEqual(hops.sidecars[0], {
    address: `infer:${port}`,
    endpoint: undefined,
    problem: 'getaddrinfo ENOTFOUND infer',
    actor: undefined,
  });
  isKnown = true;
  await hasNoProblem(hops);
  assert.deepEqual(
    hops.sidecars.map(({ address }) => address),
    [`localhost:${port}`],
  );
});

test('hops that a sidecar has dropped are counted', async (t) => {
  const { port, run, hasReader } = await startHopsServer(t);
  const hops = follow(t, [{ host: '127.0.0.1', port }]);
  await hasReader();
  await run(undefined, { envelope: { id: 'x'.repeat(20_000) } });
  await run();
  await until(() => hops.ring.size === 1, 'a hop');
  assert.equal(hops.lost, 1);
});

test('each hop is passed on, and wakes the streams that wait', async (t) => {
  const { port, run, hasReader } = await startHopsServer(t);
  const ids: string[] = [];
  const hops = follow(t, [{ host: '127.0.0.1', port }], { onHop: ({ id }) => void ids.push(id) });
  await hasReader();
  const changed = hops.changes.wait();
  await run(undefined, { envelope: { id: 'env-1' } });
  await changed;
  assert.deepEqual(ids, ['env-1']);
});
