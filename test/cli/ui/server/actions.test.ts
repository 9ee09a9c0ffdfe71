import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../../../../src/cli/ui/server/routes/requestError.ts';
import type { Answer, Route, RouteRequest } from '../../../../src/cli/ui/server/routes/route.ts';
import { startUiServer, type UiServerParts } from '../../../kit/ui/uiServer.ts';

const POST = { method: 'POST', body: '{}' } as const;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;

/** A route that changes a queue. */
function actionOf(handle: (request: RouteRequest) => Answer): Route {
  return { method: 'POST', path: '/api/act', action: 'replay', handle };
}

const NOTED = actionOf(({ note }) => {
  note('2 messages of "error-end"');
  return {
    kind: 'events',
    async write(events) {
      await events.write({ done: 2 });
      note('2 replayed, 0 left');
    },
  };
});

test('an action is one line with its time, client, messages and result', async (t) => {
  const { send, lines } = await startUiServer(t, { routes: [NOTED] });
  assert.equal((await send('/api/act', POST)).status, 200);
  assert.deepEqual(
    lines.map((line) => line.replace(TIME, '')),
    ['replay by 127.0.0.1: 2 messages of "error-end"; 2 replayed, 0 left'],
  );
  assert.match(lines[0] ?? '', TIME);
});

test('a failed action is one line with its reason', async (t) => {
  const failing = actionOf(({ note }) => {
    note('1 message');
    throw new RequestError(503, 'the broker is not connected');
  });
  const { send, lines } = await startUiServer(t, { routes: [failing] });
  assert.equal((await send('/api/act', POST)).status, 503);
  assert.deepEqual(
    lines.map((line) => line.replace(TIME, '')),
    ['replay by 127.0.0.1: 1 message; failed: the broker is not connected'],
  );
});

test('a line cannot be forged by a message', async (t) => {
  const forged = actionOf(({ note }) => {
    note('a\n2026-01-01T00:00:00.000Z discard by root\u001b[2J');
    return { kind: 'json', value: {} };
  });
  const { send, lines } = await startUiServer(t, { routes: [forged] });
  await send('/api/act', POST);
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines[0] ?? '', /\p{Cc}/u);
});

test('behind a proxy, the line has the client that the proxy reports', async (t) => {
  const lineFor = async (parts: UiServerParts): Promise<string | undefined> => {
    const { send, lines } = await startUiServer(t, { routes: [NOTED], ...parts });
    await send('/api/act', { ...POST, headers: { 'x-forwarded-for': '192.0.2.7' } });
    return lines[0]?.replace(TIME, '').split(':', 1)[0];
  };
  assert.equal(await lineFor({ isBehindProxy: true }), 'replay by 127.0.0.1 for 192.0.2.7');
  assert.equal(await lineFor({}), 'replay by 127.0.0.1');
});

test('a read-only page refuses actions, and answers other requests', async (t) => {
  let calls = 0;
  const action = actionOf(() => {
    calls++;
    return { kind: 'json', value: {} };
  });
  const look: Route = {
    method: 'POST',
    path: '/api/look',
    handle: () => ({ kind: 'json', value: {} }),
  };
  const { send, lines } = await startUiServer(t, { routes: [action, look], isReadOnly: true });
  const { status, body } = await send('/api/act', POST);
  assert.deepEqual([status, JSON.parse(body)], [403, { error: 'this page is read-only' }]);
  assert.equal(calls, 0);
  assert.deepEqual(
    lines.map((line) => line.replace(TIME, '')),
    ['replay by 127.0.0.1: failed: this page is read-only'],
  );
  assert.equal((await send('/api/look', POST)).status, 200);
});
