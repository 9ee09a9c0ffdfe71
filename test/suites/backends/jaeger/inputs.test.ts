import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { openSqlite } from '../../../../src/transport/sqlite/sqlite.ts';
import { KIB, MIB } from '../../../../src/units.ts';
import { digestIdOf } from '../../../kit/envelopes/digestId.ts';
import { openArrivals } from '../../../kit/envelopes/arrivals.ts';
import { startSidecarProcess } from '../../../kit/processes/sidecarProcess.ts';
import { until } from '../../../kit/processes/until.ts';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { startScriptedRuntime } from '../../../kit/runtimes/scriptedRuntime.ts';
import { temporarySocketPath } from '../../../kit/runtimes/socketServer.ts';
import { openJaeger, type JaegerServer } from '../../../kit/telemetry/jaegerServer.ts';
import { isRed } from '../../../kit/telemetry/jaegerTree.ts';

/** Messages with unusual ids and errors, whose spans are exported together. */

const { path: program, skip } = await findGoProgram('jaeger');
const folder = await mkdtemp(join(tmpdir(), 'asya-inputs-'));
let jaeger: JaegerServer;

before(async () => {
  if (skip === false) jaeger = await openJaeger(program);
});
after(async () => {
  await jaeger?.close();
  await rm(folder, { recursive: true });
});

/** Every character that an actor's name may have, and the longest name. */
const ACTOR = `Az0._-${'n'.repeat(194)}`;
const LONG_ID = 'i'.repeat(MIB);

interface Input {
  readonly id: string | Buffer;
  readonly payload?: string;
  /** The tag by which the journey is found. @default the id */
  readonly journey?: (body: Buffer) => string;
  readonly outcome: string;
}

const INPUTS: Readonly<Record<string, Input>> = {
  'an ordinary id': { id: '"first"', outcome: 'forward' },
  'an id with control characters, quotes and an emoji': {
    id: JSON.stringify('\0\t"\\=,:; 😀'),
    journey: () => '\0\t"\\=,:; 😀',
    outcome: 'forward',
  },
  'an id of a mebibyte': {
    id: `"${LONG_ID}"`,
    journey: () => LONG_ID.slice(0, KIB),
    outcome: 'forward',
  },
  'an id with half a character': { id: '"a\\ud83d"', journey: digestIdOf, outcome: 'error_end' },
  'an id that is not UTF-8': {
    id: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    journey: digestIdOf,
    outcome: 'error_end',
  },
  'an empty id': { id: '""', journey: digestIdOf, outcome: 'error_end' },
  'an error of a mebibyte': { id: '"long"', payload: '"long error"', outcome: 'error_end' },
  'an error with half a character': {
    id: '"half"',
    payload: '"half a character"',
    outcome: 'error_end',
  },
  'another ordinary id': { id: '"last"', outcome: 'forward' },
};

const ERRORS: ReadonlyMap<string, string> = new Map([
  ['"long error"', JSON.stringify({ error: 'long', message: 'm'.repeat(MIB) })],
  ['"half a character"', '{"error": "half", "message": "\\ud83d"}'],
]);

for (const protocol of ['http/protobuf', 'http/json', 'grpc']) {
  test(
    `over ${protocol}, unusual ids and errors neither lose their spans nor those of others`,
    { skip },
    async (t) => {
      const service = `Größe/${protocol} & "x" = 100 %`;
      const bodies = await sendInputs(t, { protocol, service });
      assert.ok((await jaeger.services()).includes(service));
      for (const [name, { id, journey, outcome }] of Object.entries(INPUTS)) {
        const tag =
          journey?.(bodies.get(name) ?? Buffer.of()) ?? (JSON.parse(String(id)) as string);
        const [trace, ...others] = await jaeger.search(service, { 'asya.journey.id': tag });
        assert.deepEqual(others, [], name);
        const hop = trace?.spans.find((span) => span.name === `process ${ACTOR}`);
        assert.equal(hop?.tags.get('asya.outcome'), outcome, name);
        assert.equal(hop && isRed(hop), outcome === 'error_end', name);
      }
    },
  );
}

/** Sends all inputs to a sidecar process, and stops it after it has processed them. */
async function sendInputs(
  t: TestContext,
  { protocol, service }: { readonly protocol: string; readonly service: string },
): Promise<ReadonlyMap<string, Buffer>> {
  const path = join(folder, `${protocol.replace('/', '-')}.db`);
  const topology = {
    actor: ACTOR,
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [],
  };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  t.after(() => transport.close());
  const socketPath = await temporarySocketPath(t);
  const runtime = await startScriptedRuntime(socketPath, (text) => ERRORS.get(text) ?? text);
  t.after(() => runtime.stop());
  const sidecar = await startSidecarProcess({
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: path,
    ASYA_ACTOR_NAME: ACTOR,
    ASYA_SOCKET_DIR: dirname(socketPath),
    ASYA_LOG_FORMAT: 'json',
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT:
      protocol === 'grpc' ? jaeger.otlp.grpc : `${jaeger.otlp.http}/v1/traces`,
    OTEL_BSP_SCHEDULE_DELAY: '60000', // all spans are in one export, at the exit
  });
  t.after(sidecar.close);
  const ends = await Promise.all(
    [topology.happyEnd, topology.errorEnd].map((end) => openArrivals(transport, end)),
  );
  const bodies = new Map(
    Object.entries(INPUTS).map(([name, input]) => [name, encode(input)] as const),
  );
  for (const body of bodies.values()) await transport.send(ACTOR, { body, headers: {} });
  const arrived = (): number => ends.reduce((sum, end) => sum + end.arrived.length, 0);
  await until(() => arrived() === bodies.size, 'all ends');
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  assert.equal(sidecar.count('telemetry failed'), 0);
  return bodies;
}

function encode({ id, payload = '1' }: Input): Buffer {
  const rest = `,"route":{"actors":["${ACTOR}"],"current":0},"payload":${payload}}`;
  return Buffer.concat([Buffer.from('{"id":'), Buffer.from(id), Buffer.from(rest)]);
}
