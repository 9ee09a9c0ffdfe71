import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createFrameDecoder, encodeFrame } from '../../../src/runtime/framed/framing.ts';
import { MIB } from '../../../src/units.ts';
import { createMutex } from '../mutex.ts';
import type { ActName, BatchPayload } from './acts.ts';
import { appendRecord } from './records.ts';

/**
 * A runtime that processes one batch at a time, and whose payloads select its behaviour:
 *
 *   node tools/chaos/batches/batchRuntime.ts ADDRESS ROLE FILE
 *
 * ADDRESS is the path of a Unix socket or a TCP port. ROLE is `<protocol> <actor>`. The calls are
 * recorded in the file.
 */
const [address = '', role = '', file = ''] = process.argv.slice(2);
const [protocol, actor] = role.split(' ');
const hangMs = Number(process.env['CHAOS_HANG_MS']);
const CALL_MS = 2;
const ITEM_MS = 0.5;
const SLOW_MS = 100;
const KEEP_ALIVE_MS = 30;
const MAX_BODY_BYTES = 16 * MIB;
const exclusively = createMutex();
/** Acts that happen once are marked in this folder, also for other replicas. */
const marks = join(dirname(file), 'marks');

/** Resolves when the operating system has the reply. */
type Write = (
  status: number,
  body: Buffer,
  headers?: Readonly<Record<string, string>>,
) => Promise<void>;

interface Exchange {
  readonly write: Write;
  /** Ends the connection within a reply. */
  readonly cut: () => Promise<void>;
  /** Begins a reply that never ends. Resolves when the connection is closed. */
  readonly stream: () => Promise<void>;
  readonly attempts?: readonly number[];
}

async function processCall(body: Buffer, exchange: Exchange): Promise<void> {
  const payloads = JSON.parse(body.toString()) as BatchPayload | readonly BatchPayload[];
  const items = Array.isArray(payloads) ? (payloads as BatchPayload[]) : [payloads as BatchPayload];
  const call = randomUUID();
  const { attempts } = exchange;
  const numbers = items.map(({ number }) => number);
  appendRecord(file, { call, numbers, ...(attempts && { attempts }) });
  const acts = new Map(items.filter(({ at }) => at === actor).map((item) => [item.act, item]));
  await sleep(CALL_MS + ITEM_MS * items.length + (acts.has('slow') ? SLOW_MS : 0));
  if (acts.has('kill')) process.kill(process.pid, 'SIGKILL');
  if (acts.has('hang')) await sleep(hangMs);
  const replies = items.map(replyTo);
  if (!(await failWhole(acts, replies, exchange)))
    await write(exchange, Array.isArray(payloads) ? replies : replies[0]);
  appendRecord(file, { ended: call });
}

function replyTo(item: BatchPayload): unknown {
  if (item.at !== actor) return item;
  switch (item.act) {
    case 'fan out':
      return [0, 1, 2].map((child) => ({ ...item, child }));
    case 'empty':
      return null;
    case 'fail':
      return { error: 'unwanted', message: `number ${item.number}` };
    case 'fail once':
      return isFirst(item) ? { error: 'early', message: 'once', retryable: true } : item;
    case 'defer once':
      return isFirst(item) ? { error: 'busy', message: 'once', retry_after_ms: 200 } : item;
    default:
      return item;
  }
}

type AnswerWhole = (exchange: Exchange, replies: readonly unknown[]) => Promise<void>;

/** The wrong answers to a whole call, by act. */
const WHOLE_ANSWERS: ReadonlyMap<string, AnswerWhole> = new Map<ActName, AnswerWhole>([
  ['shorter reply', (exchange, replies) => write(exchange, replies.slice(1))],
  ['longer reply', (exchange, replies) => write(exchange, [...replies, ...replies])],
  ['object', (exchange) => write(exchange, { error: 'unwanted', message: 'the whole call' })],
  ['null', (exchange) => write(exchange, null)],
  ['garbage', (exchange) => exchange.write(200, Buffer.from('not JSON'))],
  ['cut reply', (exchange) => exchange.cut()],
  [
    'defer all once',
    (exchange) => write(exchange, { error: 'busy', message: 'all', retry_after_ms: 200 }),
  ],
  ['status 204', (exchange) => exchange.write(204, Buffer.alloc(0))],
  ['status 500', (exchange) => exchange.write(500, Buffer.from('<title>unwanted</title>'))],
  ['status 502', (exchange) => exchange.write(502, Buffer.from('<title>unwanted</title>'))],
  ['status 503 once', (exchange) => exchange.write(503, Buffer.alloc(0), { 'retry-after': '1' })],
  [
    'gzip',
    (exchange, replies) =>
      exchange.write(200, gzipSync(JSON.stringify(replies)), { 'content-encoding': 'gzip' }),
  ],
  ['event stream', (exchange) => exchange.stream()],
]);

/** Answers the whole call wrongly if an item requests it. */
async function failWhole(
  acts: ReadonlyMap<string, BatchPayload>,
  replies: readonly unknown[],
  exchange: Exchange,
): Promise<boolean> {
  for (const [act, item] of acts) {
    const answer = WHOLE_ANSWERS.get(act);
    if (answer === undefined || (act.endsWith(' once') && !isFirst(item))) continue;
    await answer(exchange, replies);
    return true;
  }
  return false;
}

function write({ write: writeReply }: Exchange, reply: unknown): Promise<void> {
  return writeReply(200, Buffer.from(JSON.stringify(reply)));
}

function isFirst({ number, act }: BatchPayload): boolean {
  try {
    closeSync(openSync(join(marks, `${number} ${act}`), 'wx'));
    return true;
  } catch {
    return false;
  }
}

function serveFrames(socket: Socket): void {
  const send = (body: Buffer): Promise<void> =>
    new Promise((resolve) => socket.write(Buffer.concat(encodeFrame(body)), () => resolve()));
  const exchange: Exchange = {
    write: (_, body) => send(body),
    cut: () => new Promise((resolve) => socket.end(Buffer.from([0, 0, 0, 9, 0x5b]), resolve)),
    stream: () => send(Buffer.from('data: 1\n\n')),
  };
  const decoder = createFrameDecoder(MAX_BODY_BYTES, {
    onFrame: (body) => void exclusively(() => processCall(body, exchange)),
    onTooLarge: () => socket.destroy(),
  });
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => decoder.push(chunk));
}

/** Closes idle connections soon and without notice, so that requests meet closing connections. */
function httpServer(): Server {
  const options = { keepAliveTimeout: KEEP_ALIVE_MS, keepAliveTimeoutBuffer: 0 };
  return createHttpServer(options, (request, response) => {
    response.setHeader('connection', 'keep-alive');
    const chunks: Buffer[] = [];
    const attempts = String(request.headers['asya-attempt']).split(',').map(Number);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const exchange = { ...httpExchange(response), attempts };
      void exclusively(() => processCall(Buffer.concat(chunks), exchange));
    });
  });
}

function httpExchange(response: ServerResponse): Exchange {
  // The sidecar may have closed the connection before the reply.
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  return {
    write: (status, body, headers = {}) => {
      const length = status === 204 ? {} : { 'content-length': String(body.length) };
      response.writeHead(status, { ...headers, ...length }).end(body);
      return closed;
    },
    cut: () => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('[', () => response.destroy());
      return closed;
    },
    stream: () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const writing = setInterval(() => response.write('data: 1\n\n'), SLOW_MS);
      return closed.then(() => clearInterval(writing));
    },
  };
}

mkdirSync(marks, { recursive: true });
const server = protocol === 'http' ? httpServer() : createServer(serveFrames);
const port = Number(address);
if (Number.isNaN(port)) {
  // A killed predecessor leaves its socket behind.
  rmSync(address, { force: true });
  server.listen(address);
} else server.listen(port, '127.0.0.1');
