import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionEvent } from '../../../src/cli/ui/errors/contract.ts';
import type { Client, StreamOptions } from '../../../ui/client/client.ts';
import { ServerLost } from '../../../ui/client/errors.ts';
import type { ActionRequest } from '../../../ui/errors/actions/action.ts';
import { ActionRunner } from '../../../ui/errors/actions/actionRunner.ts';

const REQUEST: ActionRequest = {
  kind: 'discard',
  selection: { rows: [1, 2] },
  subject: '2 messages',
  queue: 'error-end',
};

/** A runner whose server does what `act` does. */
function setup(act: (send: (event: ActionEvent) => void, signal?: AbortSignal) => Promise<void>) {
  const posted: string[] = [];
  const bodies: unknown[] = [];
  const saved: string[] = [];
  let guards = 0;
  const client: Client = {
    origin: 'http://127.0.0.1',
    get: () => Promise.reject(new Error('unexpected')),
    post: (path) => {
      posted.push(path);
      return Promise.reject(new ServerLost('http://127.0.0.1'));
    },
    download: () => Promise.resolve(new Blob(['{"n":1}\n{"n":', '2}\n'])),
    stream: async <Event>(path: string, options: StreamOptions<Event>) => {
      posted.push(path);
      bodies.push(options.body);
      await act((event) => void options.onEvent(event as Event), options.signal);
      return options.signal?.aborted === true ? 'aborted' : 'ended';
    },
  };
  const runner = new ActionRunner({
    client,
    saveFile: (_, name) => saved.push(name),
    guardLeaving: () => {
      guards++;
      return () => guards--;
    },
  });
  return { runner, posted, bodies, saved, guards: () => guards };
}

const DONE: ActionEvent = { end: { kind: 'done', done: 2, left: 0, missing: 0, text: '' } };

test('an action sends its selection, warns before leaving, and keeps its result', async () => {
  const released = Promise.withResolvers<void>();
  const { runner, posted, bodies, guards } = setup(async (send) => {
    await released.promise;
    send(DONE);
  });
  let changes = 0;
  const unsubscribe = runner.subscribe(() => changes++);
  const run = runner.run('a/b', REQUEST, 2);
  assert.equal(guards(), 1);
  assert.equal(runner.running?.phase, 'running');
  await runner.run('a/b', REQUEST, 2);
  released.resolve();
  await run;
  assert.equal(guards(), 0);
  assert.deepEqual(posted, ['/api/errors/looks/a%2Fb/discard'], 'one action at a time');
  assert.deepEqual(bodies, [{ selection: { rows: [1, 2] } }]);
  assert.equal(runner.actions[0]?.end?.done, 2);
  assert.equal(runner.changeCount, 1);
  assert.ok(changes >= 3);
  unsubscribe();
  runner.dismiss(1);
  assert.deepEqual(runner.actions, []);
});

test('a lost server ends the action with the cause', async () => {
  const { runner, guards } = setup(() => Promise.reject(new ServerLost('http://127.0.0.1')));
  await runner.run('look', REQUEST, 2);
  const { kind, text } = runner.actions[0]?.end ?? {};
  assert.deepEqual([kind, text], ['failed', 'the server at http://127.0.0.1 does not answer']);
  assert.equal(guards(), 0);
});

test('an answer that is cut off is not taken for an end', async () => {
  const { runner } = setup(() => Promise.resolve());
  await runner.run('look', REQUEST, 2);
  assert.equal(runner.actions[0]?.end?.kind, 'failed');
});

test('an action whose server does not answer the stop is cut off', async () => {
  const { runner, posted } = setup(
    (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
  );
  const run = runner.run('look', REQUEST, 2);
  await runner.stop();
  await run;
  assert.deepEqual(posted, ['/api/errors/looks/look/discard', '/api/errors/looks/look/stop']);
  assert.equal(runner.actions[0]?.end?.kind, 'stopped');
});

test('an export is stored as a file, counts its messages and changes nothing', async () => {
  const { runner, saved } = setup(() => Promise.resolve());
  await runner.run('look', { ...REQUEST, kind: 'export' }, 3);
  assert.match(saved[0] ?? '', /^error-end-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.jsonl$/);
  const { done, missing } = runner.actions[0]?.end ?? {};
  assert.deepEqual([done, missing], [2, 1]);
  assert.equal(runner.changeCount, 0);
});

test('the results of the newest three actions are kept, the newest first', async () => {
  const { runner } = setup((send) => Promise.resolve(send(DONE)));
  for (let action = 0; action < 5; action++) await runner.run('look', REQUEST, 2);
  assert.deepEqual(
    runner.actions.map(({ number }) => number),
    [5, 4, 3],
  );
});
