import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFrameDecoder, encodeFrame } from '../../src/runtime/framed/framing.ts';
import { startRuntimeProcess } from '../kit/processes/runtimeProcess.ts';

const BATCH_ACTOR = fileURLToPath(
  new URL('../../examples/runtimes/typescript/batchActor.ts', import.meta.url),
);

test('batchActor.ts handles a batch in one call, and a long text fails alone', async (t) => {
  const command = [process.execPath, '--conditions=asya-source', BATCH_ACTOR] as const;
  const { socketPath } = await startRuntimeProcess(t, command);
  const socket = connect(socketPath);
  t.after(() => socket.destroy());
  const payloads = [{ text: 'hello' }, { text: 'x'.repeat(1001) }];
  for (const buffer of encodeFrame(Buffer.from(JSON.stringify(payloads)))) socket.write(buffer);
  const reply = await new Promise<Buffer>((resolve) => {
    const onFrame = (body: Buffer): void => resolve(Buffer.from(body));
    const decoder = createFrameDecoder(Number.POSITIVE_INFINITY, { onFrame, onTooLarge() {} });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
  const [first, second] = JSON.parse(reply.toString()) as { error?: string }[];
  assert.deepEqual(first, { text: 'hello', length: 5 });
  assert.equal(second?.error, 'too_long');
});
