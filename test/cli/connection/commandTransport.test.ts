import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCommandTransport } from '../../../src/cli/connection/commandTransport.ts';
import type { TransportState } from '../../../src/transport/transport.ts';
import { createCommandContext } from '../../kit/processes/commandContext.ts';
import { setupCommands } from '../../kit/processes/commands.ts';
import { envelopeWith } from '../../kit/envelopes/failures.ts';
import { within } from '../../kit/processes/until.ts';
import { runBin } from '../../kit/processes/sidecarProcess.ts';
import { testConfig } from '../../kit/rigs/testConfig.ts';

test('without a broker each command ends at once, with one line that has the reason', async () => {
  const variables = {
    ASYA_RABBITMQ_URL: 'amqp://127.0.0.1:1,amqp://127.0.0.1:2',
    ASYA_CONFIRM_TIMEOUT: '1h',
  };
  const reason = [1, 2]
    .map((port) => `ASYA_RABBITMQ_URL: 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`)
    .join('; ');
  const input = envelopeWith().toString();
  for (const args of [
    ['send', '-'],
    ['send', '--wait', '1h', '-'],
    ['errors', 'replay', '--all', '--from', '-'],
  ]) {
    const err = `asya-sidecar: nothing was sent: ${reason}\n`;
    assert.deepEqual(await runBin(args, variables, input), { code: 1, out: '', err }, args.join());
  }
  for (const args of [
    ['errors', 'list'],
    ['errors', 'export'],
    ['errors', 'discard', '--all', '--file', '-'],
    ['errors', 'replay', '--all'],
    ['peek', 'error-end'],
    ['ledger', '--sent', '-', '--look', 'error-end'],
  ]) {
    const err = `asya-sidecar: cannot consume "error-end": ${reason}\n`;
    assert.deepEqual(await runBin(args, variables, input), { code: 1, out: '', err }, args.join());
  }
});

test('a transport that opens after the command was stopped is closed', async (t) => {
  const { transport } = await setupCommands(t);
  const opened = Promise.withResolvers<typeof transport>();
  const stop = new AbortController();
  const { context } = createCommandContext({
    openTransport: () => opened.promise,
    stopped: stop.signal,
  });
  const opening = openCommandTransport({ config: testConfig(), context });
  stop.abort();
  await assert.rejects(opening, /stopped by a signal/);
  const closed = Promise.withResolvers<void>();
  opened.resolve({ ...transport, close: async () => closed.resolve() });
  await within(closed.promise, 'the close');
});

test('a connection that is lost later is no failure, and ends no alarm', async (t) => {
  const { transport } = await setupCommands(t);
  const { context, printed } = createCommandContext();
  let onState: (state: TransportState) => void = () => {};
  const waits: (string | undefined)[] = [];
  const opened = await openCommandTransport({
    config: testConfig(),
    context: {
      ...context,
      onWait: (reason) => void waits.push(reason),
      openTransport: async (options) => {
        ({ onState } = options);
        return transport;
      },
    },
  });
  const up = { connected: true, blocked: false, missing: [] };
  const disconnect = { reason: 'cut', refused: false };
  onState(up);
  await opened.connected;
  onState({ ...up, blocked: true });
  onState({ ...up, connected: false, disconnect });
  assert.equal(opened.failed.aborted, false);
  onState(up);
  onState({ ...up, blocked: true });
  onState(up);
  const blocked = 'the broker accepts no publishes (memory or disk alarm); waiting\n';
  assert.equal(printed().err, `${blocked}${blocked}the broker accepts publishes again\n`);
  const [alarm, lost] = [blocked.trimEnd(), 'not connected to the broker (cut); waiting'];
  assert.deepEqual(waits, [alarm, lost, undefined, alarm, undefined]);
  onState({ ...up, connected: false, disconnect: { reason: 'ACCESS_REFUSED', refused: true } });
  assert.equal(opened.failed.reason, 'ACCESS_REFUSED');
});
