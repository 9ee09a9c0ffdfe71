import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { test, type TestContext } from 'node:test';

interface Setup {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves to the next line of the log. */
  readonly line: () => Promise<Record<string, unknown>>;
  readonly exit: Promise<unknown[]>;
}

async function setup(t: TestContext): Promise<Setup> {
  const script = new URL('../fixtures/stopping.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<Record<string, unknown>> => {
    const { value } = await lines.next();
    return JSON.parse(String(value)) as Record<string, unknown>;
  };
  assert.equal((await line())['msg'], 'up');
  return { child, line, exit };
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} drains the process, which exits with code 0`, async (t) => {
    const { child, line, exit } = await setup(t);
    child.kill(signal);
    assert.equal((await line())['signal'], signal);
    child.stdin.write('drained\n');
    assert.deepEqual(await exit, [0, null]);
  });
}

test('any second stop signal exits at once with code 1', async (t) => {
  const { child, line, exit } = await setup(t);
  child.kill('SIGTERM');
  assert.equal((await line())['msg'], 'draining');
  child.kill('SIGINT');
  assert.equal((await line())['signal'], 'SIGINT');
  assert.deepEqual(await exit, [1, null]);
});

for (const [word, origin] of [
  ['throw', 'uncaughtException'],
  ['reject', 'unhandledRejection'],
]) {
  test(`${origin} logs one line and exits with code 1`, async (t) => {
    const { child, line, exit } = await setup(t);
    child.stdin.write(`${word}\n`);
    const { msg, err, origin: logged } = await line();
    assert.equal(msg, 'uncaught exception; exiting');
    assert.match(JSON.stringify(err), /on purpose/);
    assert.equal(logged, origin);
    assert.deepEqual(await exit, [1, null]);
  });
}
