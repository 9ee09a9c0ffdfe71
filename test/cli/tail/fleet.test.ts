import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test, type TestContext } from 'node:test';
import { Fleet } from '../../../src/cli/tail/fleet.ts';
import { until } from '../../kit/processes/until.ts';
import { startHopsServer } from '../../kit/telemetry/hopsServer.ts';

/** An address of this machine that is not on the loopback interface. */
const OTHER = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

const readToken = (): string => 'secret';

/** Follows the host name `infer`, which resolves to addresses that the test changes. */
function startFleet(t: TestContext, port: number, addresses: readonly string[]) {
  const state = { addresses: addresses as readonly string[] | Error };
  const reports: string[] = [];
  const lines: string[] = [];
  const fleet = new Fleet({
    addresses: [{ host: 'infer', port }],
    resolve: async () => {
      if (state.addresses instanceof Error) throw state.addresses;
      return state.addresses;
    },
    readToken,
    report: (line) => reports.push(line),
    onLine: async (line) => void lines.push(line),
    resolveIntervalMs: 5,
  });
  t.after(() => fleet.stop());
  const hasReport = (pattern: RegExp): Promise<void> =>
    until(() => reports.some((it) => pattern.test(it)), String(pattern));
  return { fleet, state, reports, lines, hasReport };
}

test(
  'a host name is resolved again: new sidecars are followed, and absent ones forgotten',
  { skip: OTHER === undefined && 'this machine has only the loopback interface' },
  async (t) => {
    const host = OTHER ?? '';
    const first = await startHopsServer(t, { host, readToken });
    const { port } = first;
    const { fleet, state, reports, lines, hasReport } = startFleet(t, port, [host]);
    assert.deepEqual(await fleet.start(), { connected: 1, failures: [] });

    const second = await startHopsServer(t, { port, readToken });
    state.addresses = [host, '127.0.0.1'];
    await hasReport(/^127\.0\.0\.1:\d+: connected$/);
    await second.run(undefined, { envelope: { id: 'second' } });
    await until(() => lines.some((line) => line.includes('second')), 'a hop of the second');

    state.addresses = new Error('getaddrinfo EAI_AGAIN infer');
    await hasReport(/^infer:\d+: getaddrinfo EAI_AGAIN infer$/);
    await first.run(undefined, { envelope: { id: 'unresolved' } });
    await until(() => lines.some((line) => line.includes('unresolved')), 'a hop of the first');

    // Without a resolution, a lost connection is made again.
    await second.close();
    await hasReport(/^127\.0\.0\.1:\d+: closed by the sidecar; reconnecting$/);
    const again = await startHopsServer(t, { port, readToken });
    await until(() => reports.filter((it) => /1:\d+: connected$/.test(it)).length === 2, 'again');

    state.addresses = [host];
    await again.close();
    await hasReport(/^127\.0\.0\.1:\d+: gone$/);
    await first.run(undefined, { envelope: { id: 'last' } });
    await until(() => lines.some((line) => line.includes('last')), 'a last hop');
    assert.equal(reports.length, 6, reports.join('\n'));
  },
);
