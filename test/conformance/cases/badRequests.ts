import assert from 'node:assert/strict';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import type { Case } from '../case.ts';
import { frame, httpRequest } from '../rawConnection.ts';

const BAD_JSON: Readonly<Record<string, Buffer | string>> = {
  'that is not JSON': '{"do":',
  'of invalid UTF-8': Buffer.from('7b22646f223a22ff227d', 'hex'),
  'without a byte': '',
};

const BAD_FRAMES: Readonly<Record<string, Buffer>> = {
  ...Object.fromEntries(
    Object.entries(BAD_JSON).map(([kind, body]) => [`a frame ${kind}`, frame(body)]),
  ),
  'a length of 4 GiB': Buffer.from('ffffffff7b7d', 'hex'),
};

const BAD_HTTP: Readonly<Record<string, Buffer>> = {
  ...Object.fromEntries(
    Object.entries(BAD_JSON).map(([kind, body]) => [
      `a body ${kind}`,
      Buffer.concat([
        httpRequest('', { headers: { 'content-length': String(Buffer.byteLength(body)) } }),
        Buffer.from(body),
      ]),
    ]),
  ),
  'a content-length that is not a number': httpRequest('', { headers: { 'content-length': 'x' } }),
  'a negative content-length': httpRequest('', { headers: { 'content-length': '-1' } }),
  'a request line without a version': httpRequest('{}', { line: 'POST /' }),
  'a head of 1 MB': httpRequest('{}', { headers: { 'x-long': 'x'.repeat(1_000_000) } }),
};

export const BAD_REQUEST_CASES: readonly Case[] = [
  ...Object.entries(BAD_FRAMES).flatMap(([kind, bytes]) =>
    badRequestCases(kind, bytes, ['payload', 'envelope']),
  ),
  ...Object.entries(BAD_HTTP).flatMap(([kind, bytes]) => badRequestCases(kind, bytes, ['http'])),
];

function badRequestCases(
  kind: string,
  bytes: Buffer,
  protocols: NonNullable<Case['protocols']>,
): readonly Case[] {
  return [
    {
      title: `${kind} does no harm to other calls`,
      protocols,
      async run({ runtime }) {
        const connection = await runtime.connect();
        connection.socket.end(bytes);
        assert.deepEqual(payloadsOf(await runtime.ask({ do: 'return', value: 1 })), ['1']);
      },
    },
    {
      title: `${kind} is answered with an error, or ends the connection`,
      protocols,
      needs: ['rejects bad requests'],
      async run({ runtime }) {
        const connection = await runtime.connect();
        connection.socket.write(bytes);
        const reply = await connection.replyOrEnd();
        if (reply?.status !== undefined) assert.ok(reply.status >= 400, String(reply.status));
        else if (reply !== undefined) assert.match(reply.body.toString(), /"error"/);
      },
    },
  ];
}
