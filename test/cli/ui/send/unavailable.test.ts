import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandConfig } from '../../../../src/cli/command/config.ts';
import { createSendRoute } from '../../../../src/cli/ui/send/sendRoute.ts';
import { openTransport } from '../../../../src/transport/open.ts';
import { openMemory } from '../../../../src/transport/memory/memory.ts';
import { createCommandContext } from '../../../kit/processes/commandContext.ts';
import { setupCommands } from '../../../kit/processes/commands.ts';
import { callRoute } from './callRoute.ts';

const BODY = { actors: ['prep'], payload: '1', wait: '50ms' };

test('without the database, the end names it, and nothing is sent', async () => {
  const config = readCommandConfig({
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: '/nonexistent/queues.db',
  });
  const { context } = createCommandContext({ openTransport });
  const { events } = await callRoute(createSendRoute({ config, context }), BODY);
  assert.equal(events.length, 1);
  const [event] = events;
  assert.ok(event !== undefined && 'end' in event);
  assert.equal(event.end?.kind, 'failed');
  assert.match(event.end?.text ?? '', /nonexistent\/queues\.db/);
});

test('an alarm of the broker is a notice, and the end says that the envelope may be stored', async (t) => {
  const { broker } = await setupCommands(t);
  broker.control.block();
  const config = readCommandConfig({ ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: 'none' });
  const { context } = createCommandContext({
    openTransport: ({ onState }) =>
      openMemory({ broker, topology: { ...config, actor: 'prep', retryDelaysMs: [] }, onState }),
  });
  const { events } = await callRoute(createSendRoute({ config, context }), BODY);
  const text = 'unknown whether stored: no confirm from the broker: time over after 50ms';
  assert.deepEqual(events, [
    { notice: 'the disk of the database is full; waiting' },
    { end: { kind: 'failed', text, answers: 0, failures: 0 } },
  ]);
});
