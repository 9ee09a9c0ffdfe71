import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { Reply } from '../../../src/runtime/runtime.ts';
import {
  GOOD_ANSWER,
  HOSTILE_ANSWERS,
  type HostileAnswer,
} from '../../kit/runtimes/hostileAnswers.ts';
import {
  closedByClient,
  MAX_REPLY_BYTES,
  openRawHttpServer,
  type Transport,
} from '../../kit/runtimes/rawHttpServer.ts';
import { within } from '../../kit/processes/until.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';

/** Long enough for every answer that has an end. */
const TIMEOUT_MS = 5_000;
const SHORT_TIMEOUT_MS = 100;

/** The buffers of both ends of a connection, and of the client. */
const BUFFER_BYTES = 8_000_000;

const TRANSPORTS: readonly Transport[] = ['unix', 'tcp'];

for (const transport of TRANSPORTS) {
  for (const hostile of HOSTILE_ANSWERS) checkAnswer(transport, hostile);
}

function checkAnswer(transport: Transport, hostile: HostileAnswer): void {
  const { name, answer, closedBy, requestBytes = 7 } = hostile;
  const { expected, expectedOverTcp = expected } = hostile;
  const result = transport === 'tcp' ? expectedOverTcp : expected;
  test(`${transport}: ${name} is ${result}, and the next call works`, async (t) => {
    const server = await openRawHttpServer(
      t,
      (socket, call) => {
        if (call === 1) answer(socket);
        else socket.write(GOOD_ANSWER);
      },
      transport,
    );
    const timeoutMs = result === 'runtime_timeout' ? SHORT_TIMEOUT_MS : TIMEOUT_MS;
    const payload = `"${'x'.repeat(requestBytes - 2)}"`;
    const reply = await within(server.ask({ timeoutMs, payload }), 'the reply');
    assert.equal(summaryOf(reply), result);
    const [first] = server.sockets;
    first?.resume();
    if (closedBy !== 'none') await closedByClient(first);
    assert.equal(first?.closed, closedBy !== 'none', 'the connection is closed');
    assert.ok((first?.bytesWritten ?? 0) < MAX_REPLY_BYTES + BUFFER_BYTES);
    assert.deepEqual(payloadsOf(await server.ask()), ['2']);
    await assertNoRunningCall(reply, first);
  });
}

/** Only a timed-out call keeps its slot, up to the end of its connection. */
async function assertNoRunningCall(reply: Reply, socket: Socket | undefined): Promise<void> {
  const isTimedOut = reply.kind === 'failed' && reply.fault.code === 'runtime_timeout';
  assert.equal('lateCompletion' in reply, isTimedOut);
  if (!isTimedOut) return;
  socket?.destroy();
  await reply.lateCompletion;
}

function summaryOf(reply: Reply): string {
  switch (reply.kind) {
    case 'answered':
      return payloadsOf(reply).join(' ') || 'nothing';
    case 'failed':
      return reply.fault.code;
    case 'deferred':
    case 'absent':
      return reply.kind;
  }
}
