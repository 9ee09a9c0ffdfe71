import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { Answer, EventWriter, Route } from '../../../../src/cli/ui/server/routes/route.ts';
import { until, within } from '../../../kit/processes/until.ts';
import { startUiServer } from '../../../kit/ui/uiServer.ts';

type Write = (events: EventWriter, closed: AbortSignal) => Promise<void>;

/** A route whose answer is a stream. */
function streamOf(write: Write): Route {
  return {
    method: 'GET',
    path: '/api/stream',
    handle: ({ closed }): Answer => ({ kind: 'events', write: (events) => write(events, closed) }),
  };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Reads the next line of a stream. */
function lineReader(response: IncomingMessage): () => Promise<string | undefined> {
  response.on('error', () => {});
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await within(lines.next(), 'a line');
    return done === true ? undefined : value;
  };
}

test('events arrive as they are written, with heartbeats between them', async (t) => {
  const { promise: next, resolve: release } = Promise.withResolvers<void>();
  const route = streamOf(async (events) => {
    await events.write({ first: 'a\nb' });
    await next;
    await events.write({ second: true });
  });
  const { open } = await startUiServer(t, { routes: [route], heartbeatIntervalMs: 20 });
  const read = lineReader(await open('/api/stream'));
  assert.equal(await read(), '{"first":"a\\nb"}');
  assert.equal(await read(), '{}');
  release();
  let line = await read();
  while (line === '{}') line = await read();
  assert.equal(line, '{"second":true}');
  assert.equal(await read(), undefined);
});

test('a stream ends when its client closes the connection', async (t) => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const route = streamOf(async (events, closed) => {
    await events.write({ open: true });
    await untilAborted(closed);
    await events.write({ tooLate: true });
    end();
  });
  const { open } = await startUiServer(t, { routes: [route] });
  const response = await open('/api/stream');
  await lineReader(response)();
  response.destroy();
  await within(ended, 'the end of the stream');
});

test('the server ends open streams', async (t) => {
  let isEnded = false;
  const route = streamOf(async (events, closed) => {
    await events.write({ open: true });
    await untilAborted(closed);
    isEnded = true;
  });
  const { open, close } = await startUiServer(t, { routes: [route] });
  const read = lineReader(await open('/api/stream'));
  await read();
  await within(close(), 'the end of the server');
  assert.equal(await read(), undefined);
  assert.ok(isEnded);
});

test('a stream that does not end is cut when the server ends', async (t) => {
  const route = streamOf(async (events) => {
    await events.write({ open: true });
    await new Promise(() => {});
  });
  const { open, close } = await startUiServer(t, { routes: [route] });
  await lineReader(await open('/api/stream'))();
  await within(close(), 'the end of the server');
});

test('a slow client slows the writer, and costs no memory', async (t) => {
  const event = { text: 'x'.repeat(100_000) };
  let written = 0;
  const route = streamOf(async (events, closed) => {
    while (!closed.aborted && written < 1_000) {
      await events.write(event);
      written++;
    }
  });
  const { open } = await startUiServer(t, { routes: [route] });
  const response = await open('/api/stream');
  response.pause();
  let before = -1;
  // The kernel's buffers take several megabytes.
  await until(() => {
    const isStill = written > 0 && written === before;
    before = written;
    return isStill;
  }, 'a pause of the writer');
  assert.ok(written < 500, `${written} events of 100 kB were written`);
  let sizeBytes = 0;
  response.on('data', (chunk: Buffer) => (sizeBytes += chunk.length)).resume();
  await within(once(response, 'end'), 'the end of the stream');
  assert.equal(sizeBytes, 1_000 * (JSON.stringify(event).length + 1));
});

test('events that wait for a slow client together use one listener', async (t) => {
  const listeners = Promise.withResolvers<number>();
  const route: Route = {
    method: 'GET',
    path: '/api/stream',
    handle: () => ({
      kind: 'file',
      async write(lines) {
        const warned = (): void => listeners.reject(new Error('too many listeners'));
        process.once('warning', warned);
        const written = Array.from({ length: 100 }, () => lines.write(`${'x'.repeat(100_000)}\n`));
        await Promise.all(written);
        process.off('warning', warned);
        listeners.resolve(written.length);
      },
    }),
  };
  const { open } = await startUiServer(t, { routes: [route] });
  const response = await open('/api/stream');
  response.resume();
  assert.equal(await within(listeners.promise, 'the lines'), 100);
});

test('an event after the end of a stream is dropped', async (t) => {
  const { promise: ended, resolve: end } = Promise.withResolvers<EventWriter>();
  const route = streamOf(async (events) => {
    // The end waits until the client reads.
    for (let n = 0; n < 200; n++) void events.write({ text: 'x'.repeat(100_000) });
    setImmediate(() => end(events));
  });
  const { open } = await startUiServer(t, { routes: [route] });
  const response = await open('/api/stream');
  response.pause();
  const events = await within(ended, 'the end');
  await events.write({ tooLate: true });
  let text = '';
  response
    .setEncoding('utf8')
    .on('data', (chunk: string) => (text = chunk))
    .resume();
  await within(once(response, 'end'), 'the end of the stream');
  assert.doesNotMatch(text, /tooLate/);
});

test('an error in a stream cuts the connection, and is logged', async (t) => {
  const logged: unknown[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields: unknown) => void logged.push(fields),
  };
  const route = streamOf(async (events) => {
    await events.write({ open: true });
    throw new Error('broken');
  });
  const { open } = await startUiServer(t, { routes: [route], log });
  const response = await open('/api/stream');
  const ended = once(response, 'end').then(
    () => 'ended',
    (error: Error) => error.message,
  );
  response.resume();
  assert.equal(await within(ended, 'the end'), 'aborted');
  assert.deepEqual(logged, [{ err: new Error('broken') }]);
});

test('too many streams are refused, and ended ones count no more', async (t) => {
  const route = streamOf(async (events, closed) => {
    await events.write({ open: true });
    await untilAborted(closed);
  });
  const { open, send } = await startUiServer(t, { routes: [route] });
  const streams = await Promise.all(Array.from({ length: 100 }, () => open('/api/stream')));
  const { status, body } = await send('/api/stream');
  assert.deepEqual([status, JSON.parse(body)], [503, { error: 'too many streams are open' }]);
  for (const stream of streams) stream.on('error', () => {}).destroy();
  await until(async () => {
    const response = await open('/api/stream');
    response.on('error', () => {}).destroy();
    return response.statusCode === 200;
  }, 'room for a stream');
});
