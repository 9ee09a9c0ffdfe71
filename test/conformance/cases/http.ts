import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { frame, httpRequest, type HttpOptions } from '../rawConnection.ts';
import type { RuntimeUnderTest } from '../runtimeUnderTest.ts';
import type { Feature } from '../runtimes/adapter.ts';

const ECHO = '{"do":"return","value":"echo"}';

interface HttpCase {
  readonly title: string;
  readonly request: HttpOptions;
  /** @default an action that returns a text */
  readonly body?: string;
  readonly needs?: readonly Feature[];
  /** @default 200 */
  readonly status?: number;
  /** @default the text that the action returns */
  readonly answer?: string;
  readonly closes?: boolean;
}

const REQUESTS: readonly HttpCase[] = [
  {
    title: 'a method other than POST is rejected',
    needs: ['rejects bad requests'],
    request: { line: 'DELETE / HTTP/1.1' },
    status: 405,
  },
  {
    title: 'a path other than / is answered in the same way',
    request: { line: 'POST /predict?version=1 HTTP/1.1' },
  },
  {
    title: 'a GET of any path answers the health check of the sidecar',
    needs: ['answers health checks'],
    request: { line: 'GET /healthz HTTP/1.1' },
    body: '',
    answer: '{"status":"ready"}',
  },
  {
    title: 'names of headers have any case',
    request: { headers: { 'CONTENT-type': 'application/json', 'X-Any': 'value' } },
  },
  {
    title: 'a client that waits for 100 Continue is answered',
    request: { headers: { expect: '100-continue' } },
  },
  {
    title: 'connection: close ends the connection after the reply',
    request: { headers: { connection: 'close' } },
    closes: true,
  },
  {
    title: 'a request of HTTP/1.0 ends the connection after the reply',
    request: { line: 'POST / HTTP/1.0' },
    closes: true,
  },
  {
    title: 'an empty reply is a 204 without a body',
    request: {},
    body: '{"do":"return","value":null}',
    status: 204,
  },
  {
    title: 'an exception is a 500',
    request: {},
    body: '{"do":"fail","message":"not today"}',
    status: 500,
  },
];

export const HTTP_CASES: readonly Case[] = [
  ...REQUESTS.map(({ title, request, body = ECHO, needs = [], status = 200, ...rest }): Case => ({
    title,
    protocols: ['http'],
    needs,
    async run({ runtime }) {
      const connection = await runtime.connect();
      await connection.write(httpRequest(body, request));
      const reply = await connection.reply();
      assert.equal(reply.status, status, reply.body.toString());
      if (status === 200) assert.equal(reply.body.toString(), rest.answer ?? '"echo"');
      if (status === 204) assert.equal(reply.body.length, 0);
      if (rest.closes === true) await connection.closed();
    },
  })),
  {
    title: 'requests that arrive together are answered in their order',
    protocols: ['http'],
    async run({ runtime }) {
      const connection = await runtime.connect();
      const requests = [1, 2, 3].map((value) => httpRequest(`{"do":"return","value":${value}}`));
      await connection.write(Buffer.concat(requests));
      for (const value of ['1', '2', '3'])
        assert.equal((await connection.reply()).body.toString(), value);
    },
  },
  {
    title: 'payload and http share one socket',
    protocols: ['payload', 'http'],
    needs: ['shares the socket'],
    async run({ runtime }) {
      const [framed, http] = [
        await send(runtime, frame(ECHO)),
        await send(runtime, httpRequest(ECHO)),
      ];
      assert.deepEqual([framed, http], ['"echo"', '"echo"']);
    },
  },
];

/** Sends bytes on a connection of their own; returns the end of the reply. */
async function send(runtime: RuntimeUnderTest, bytes: Buffer): Promise<string> {
  const { socket, write } = await runtime.connect();
  let received = '';
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (received.endsWith('"echo"')) resolve();
    });
  });
  await write(bytes);
  await answered;
  return received.slice(-'"echo"'.length);
}
