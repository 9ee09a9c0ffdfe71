import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Log } from '../../../src/log.ts';
import {
  createAvailabilityLog,
  type AvailabilityLog,
} from '../../../src/runtime/readiness/availabilityLog.ts';
import { openRuntime } from '../../../src/runtime/open.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { tcpEndpoint, unixEndpoint } from '../../kit/runtimes/endpoints.ts';

const ABSENT = { ready: false, reason: 'the socket does not exist' } as const;
const REFUSED = { ready: false, reason: 'no process listens' } as const;
const READY = { ready: true } as const;

test('an absence is logged at once with the socket and the reason', (t) => {
  const { availability, lines } = setup(t);
  availability.report(ABSENT);
  assert.deepEqual(lines, [
    'warn runtime unavailable; consuming paused /s: the socket does not exist',
  ]);
});

test('an absence is logged again at growing intervals with its current reason', (t) => {
  const { availability, lines } = setup(t);
  availability.report(ABSENT);
  availability.report(REFUSED);
  const seconds: number[] = [];
  for (let second = 1; second <= 1_200; second++) {
    const before = lines.length;
    t.mock.timers.tick(1_000);
    if (lines.length > before) seconds.push(second);
  }
  assert.deepEqual(seconds, [2, 6, 14, 30, 62, 126, 254, 510, 810, 1_110]);
  assert.equal(lines.at(-1), 'warn runtime unavailable; consuming paused /s: no process listens');
});

test('the end of an absence is logged once and stops the repeated lines', (t) => {
  const { availability, lines } = setup(t);
  availability.report(ABSENT);
  availability.report(READY);
  availability.report(READY);
  t.mock.timers.tick(600_000);
  assert.deepEqual(lines.slice(1), ['info runtime available /s']);
});

test('a second absence is logged at once', (t) => {
  const { availability, lines } = setup(t);
  availability.report(READY);
  availability.report(ABSENT);
  availability.report(READY);
  availability.report(REFUSED);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['info', 'warn', 'info', 'warn'],
  );
});

test('no line is logged after close', (t) => {
  const { availability, lines } = setup(t);
  availability.report(ABSENT);
  availability.close();
  t.mock.timers.tick(600_000);
  assert.equal(lines.length, 1);
});

test('openRuntime logs an unavailable runtime before it resolves', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const lines: string[] = [];
  const endpoint = unixEndpoint(socketPath);
  const limits = { maxReplyBytes: 1, maxNesting: 1, readyTimeoutMs: 60_000, concurrency: 1 };
  const log = logTo(lines);
  const options = { protocol: 'payload', endpoint, ...limits, onState: () => {}, log } as const;
  const { client: runtime } = await openRuntime(options);
  await runtime.close();
  const reason = `the socket ${socketPath} does not exist`;
  assert.deepEqual(lines, [`warn runtime unavailable; consuming paused ${socketPath}: ${reason}`]);
});

test('the lines of a runtime at a URL have the URL', () => {
  const lines: unknown[] = [];
  const write = (fields: unknown): void => void lines.push(fields);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  createAvailabilityLog(tcpEndpoint(8000), log).report({ ready: true });
  assert.deepEqual(lines, [{ url: 'http://127.0.0.1:8000/' }]);
});

function setup(t: TestContext): {
  readonly availability: AvailabilityLog;
  readonly lines: string[];
} {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: string[] = [];
  return { availability: createAvailabilityLog(unixEndpoint('/s'), logTo(lines)), lines };
}

function logTo(lines: string[]): Log {
  const writer =
    (level: string) =>
    ({ socketPath, reason }: Record<string, string>, message: string): void => {
      const suffix = reason === undefined ? '' : `: ${reason}`;
      lines.push(`${level} ${message} ${socketPath}${suffix}`);
    };
  return {
    debug() {},
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  } as unknown as Log;
}
