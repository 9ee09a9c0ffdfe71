import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import type { Environment } from '../../../src/config/config.ts';
import type { Headers } from '../../../src/transport/message.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { parkedQueue, type Topology } from '../../../src/transport/queues.ts';
import { envelopeWith, errorEnvelope, errorEnvelopeOfBytes } from '../envelopes/failures.ts';
import { readIds } from '../rigs/interruptedCommand.ts';
import { serveErrors } from './errorsRig.ts';
import { untilEqual } from '../processes/until.ts';

export interface FateOptions {
  readonly transport: InspectableTransport;
  readonly topology: Topology;
  readonly environment: Environment;
}

interface Fate {
  readonly body: Buffer;
  readonly headers?: Headers;
}

/** One message of each form that error-end may contain. */
function fates(actor: string): readonly Fate[] {
  const route = { actors: [actor], current: 0 };
  const unwrapped = {
    'asya-error-code': 'message_too_large',
    'asya-error-message': 'too large',
    'asya-error-actor': actor,
  };
  const lost = { error: 'lost', details: { code: 'runtime_error', message: 'lost', actor } };
  return [
    { body: errorEnvelope(envelopeWith({ id: 'wrapped', route }), { actor }) },
    { body: envelopeWith({ id: 'unwrapped', route }), headers: unwrapped },
    { body: errorEnvelopeOfBytes(Buffer.from('no JSON'), { actor }) },
    { body: envelopeWith({ id: 'lost', route, payload: lost }) },
    { body: Buffer.from('garbage') },
    { body: envelopeWith({ id: 'without-error', route }) },
  ];
}

/**
 * Looks at messages of every form, reads each one, replays all, and discards those that cannot be
 * replayed; then the same messages in the parked queue are exported.
 */
export async function checkEveryFate(t: TestContext, options: FateOptions): Promise<void> {
  const { transport, topology, environment } = options;
  const { actor, errorEnd } = topology;
  const all = fates(actor);
  for (const { body, headers = {} } of all) await transport.send(errorEnd, { body, headers });
  const { client } = await serveErrors(t, { environment });
  const look = await client.look();
  assert.deepEqual([look.queue, look.count, look.gap], [errorEnd, all.length, undefined]);
  const { rows } = await client.rows(look.id);
  assert.deepEqual(
    rows.map(({ code, text }) => [code, text]),
    [
      ['runtime_error', 'on purpose'],
      ['message_too_large', 'too large'],
      ['parse_error', 'no JSON'],
      ['runtime_error', 'lost'],
      [undefined, 'not an envelope'],
      [undefined, 'an envelope without an error'],
    ],
  );
  const messages = await Promise.all(rows.map(({ row }) => client.message(look.id, row)));
  assert.deepEqual(
    messages.map(({ payload, body }) => payload ?? body),
    ['{"n":1}', '{"n":1}', 'no JSON', undefined, 'garbage', '{"n":1}'],
  );
  assert.deepEqual(
    messages.map(({ lost }) => lost !== undefined),
    [false, false, false, true, true, false],
  );
  const selection = { selection: { filter: {} } };
  const replay = await client.act('replay', look.id, selection);
  assert.equal((await replay.end).text, '4 replayed, 2 left in the queue');
  await untilEqual(() => transport.depth(actor), 4);
  const discard = await client.act('discard', look.id, selection);
  const { text, file = '' } = await discard.end;
  assert.equal(text, '2 discarded');
  assert.equal((await readFile(file, 'utf8')).split('\n').length, 3);
  assert.deepEqual(await readIds(transport, errorEnd), []);
  await checkParked(t, options);
}

async function checkParked(t: TestContext, options: FateOptions): Promise<void> {
  const { transport, topology, environment } = options;
  const { client } = await serveErrors(t, { environment });
  assert.equal((await client.look(true)).count, 0);
  const body = envelopeWith({ headers: { 'x-asya-parked': { code: 'c', message: 'm' } } });
  await transport.send(parkedQueue(topology.errorEnd), { body, headers: {} });
  const { id, queue } = await client.look(true);
  assert.equal(queue, parkedQueue(topology.errorEnd));
  assert.deepEqual((await client.message(id, 0)).parked, { code: 'c', text: 'm' });
  assert.equal((await client.export(id, { selection: { rows: [0] } })).length, 1);
}
