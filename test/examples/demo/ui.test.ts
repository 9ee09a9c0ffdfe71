import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  createFaultyOrder,
  generateEnvelopes,
  STREAM_SCENARIOS,
} from '../../../examples/demo/scenarios.ts';
import type { ErrorMessage, ErrorRows, Look } from '../../../src/cli/ui/errors/contract.ts';
import { killOnExit } from '../../kit/processes/killOnExit.ts';
import { until, within } from '../../kit/processes/until.ts';

const ROUTE = ['split', 'enrich', 'shout'];
const MAIN = fileURLToPath(new URL('../../../examples/demo/main.ts', import.meta.url));

test('the stream has every fate at its start, and most envelopes arrive at happy-end', () => {
  const envelopes = generateEnvelopes(STREAM_SCENARIOS, ROUTE);
  const first = STREAM_SCENARIOS.map(() => envelopes.next().value.scenario);
  assert.deepEqual(
    first,
    STREAM_SCENARIOS.map(({ name }) => name),
  );
  const ends = Array.from({ length: 1_000 }, () => envelopes.next().value.end);
  const failed = ends.filter((end) => end === 'error-end').length;
  assert.ok(failed > 30 && failed < 100, `${failed} of 1000 fail`);
});

test('the payload of the faulty order has its text under another name', () => {
  const { id, to, body } = createFaultyOrder(ROUTE);
  assert.deepEqual([id, to], ['order-4711', 'split']);
  const { payload } = JSON.parse(body.toString()) as { payload: Record<string, unknown> };
  assert.deepEqual(Object.keys(payload), ['order', 'customer', 'txt']);
});

test('demo --ui serves the page with the faulty order, and Ctrl-C ends it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'asya-demo-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const options = ['--listen', '127.0.0.1:0', '--traces', join(folder, 'traces.jsonl')];
  const child = spawn(process.execPath, [MAIN, '--ui', ...options], { stdio: 'pipe' });
  killOnExit(child);
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await until(() => output.includes('Ctrl-C ends the demo'), 'the address', 30_000);
  const [address = ''] = /http:\S+/.exec(output) ?? [];
  const read = createReader(new URL(address));
  let found: Pick<ErrorMessage, 'actor' | 'text' | 'payload' | 'traceback'> | undefined;
  await until(
    async () => {
      const look = await read<Look>('/api/errors/looks', { isParked: false });
      const rows = await read<ErrorRows>(
        `/api/errors/looks/${look.id}/rows?id=order-4711&offset=0&limit=10`,
      );
      const [row] = rows.rows;
      if (row === undefined) return false;
      found = await read<ErrorMessage>(`/api/errors/looks/${look.id}/rows/${row.row}`);
      return true;
    },
    'the faulty order',
    30_000,
  );
  assert.equal(found?.actor, 'split');
  assert.match(found?.text ?? '', /KeyError: 'text'/);
  assert.match(found?.traceback ?? '', /split\.py/);
  assert.match(found?.payload ?? '', /"txt": ?"Two cups/);
  child.kill('SIGINT');
  assert.deepEqual(await within(ended, 'the end of the demo', 20_000), [0, null]);
});

/** Sends requests with the token of an address: a POST with a body, otherwise a GET. */
function createReader({ hash, origin }: URL): <T>(path: string, body?: object) => Promise<T> {
  const token = new URLSearchParams(hash.slice(1)).get('token') ?? '';
  return async <T>(path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${origin}${path}`, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    assert.equal(response.status, 200, path);
    return (await response.json()) as T;
  };
}

test('demo --ui ends with the reason when its page cannot be served', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'asya-demo-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(typeof address === 'object' && address !== null);
  const listen = `127.0.0.1:${address.port}`;
  const options = ['--listen', listen, '--traces', join(folder, 'traces.jsonl')];
  const child = spawn(process.execPath, [MAIN, '--ui', ...options], { stdio: 'pipe' });
  killOnExit(child);
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = await within(once(child, 'close'), 'the end of the demo');
  assert.equal(code, 1);
  assert.match(output, new RegExp(`--listen: ${listen} is in use`));
});
