import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTraces, type TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import { startRuntimeProcess } from '../../kit/processes/runtimeProcess.ts';
import { runBin, startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { until } from '../../kit/processes/until.ts';

/** The spans of a runtime are children of the span of its call. */

const PYTHON = {
  program: 'python3',
  actor: 'actor.py',
  code: 'def handle(payload, headers=None):\n  return payload\n',
};
const NODE = {
  program: process.execPath,
  actor: 'actor.ts',
  code: 'export const handle = (payload: unknown) => payload;\n',
};

const RUNTIMES = [
  { file: 'python/envelope_runtime.py', protocol: 'envelope', ...PYTHON },
  { file: 'python/http_runtime.py', protocol: 'http', ...PYTHON },
  { file: 'typescript/envelopeRuntime.ts', protocol: 'envelope', ...NODE },
  { file: 'typescript/httpRuntime.ts', protocol: 'http', ...NODE },
];

for (const runtime of RUNTIMES) {
  test(`${runtime.file} creates its span as a child of the call`, async (t) => {
    const { traceFile, traceparent } = await runOne(t, runtime);
    const call = await findCall(traceFile);
    assert.equal(traceparent, `00-${call.traceId}-${call.spanId}-01`);

    await appendFile(traceFile, runtimeSpan(traceparent, call));
    const { out } = await runBin(['trace', traceFile, '--journey', 'env-1']);
    assert.match(out, /^infer .*\n {2}- load the model /m);
  });
}

test('a runtime with an OpenTelemetry SDK adds its spans to the journey', async (t) => {
  const workspace = await openWorkspace(t);
  const env = { ASYA_TRACE_FILE: workspace.traceFile, ASYA_ACTOR_NAME: 'infer-runtime' };
  const actor = exampleFile('typescript/tracedActor.ts');
  const command = [
    process.execPath,
    '--import',
    REGISTER,
    '--conditions=asya-source',
    actor,
  ] as const;
  await startRuntimeProcess(t, command, { socketPath: workspace.socketPath, env });
  await sendOne(t, workspace, 'http');
  await until(
    async () => (await readFile(workspace.traceFile, 'utf8')).includes('load the model'),
    'the span of the runtime',
  );
  const { out } = await runBin(['trace', workspace.traceFile, '--journey', 'env-1']);
  assert.match(out, /^infer .*\n {2}- handle .*\n {4}- load the model /m);
});

const REGISTER = fileURLToPath(new URL('../../../telemetry/register.ts', import.meta.url));

function exampleFile(file: string): string {
  return fileURLToPath(new URL(`../../../examples/runtimes/${file}`, import.meta.url));
}

interface Workspace {
  readonly directory: string;
  readonly socketPath: string;
  readonly traceFile: string;
}

async function openWorkspace(t: TestContext): Promise<Workspace> {
  const socketPath = await temporarySocketPath(t);
  const directory = dirname(socketPath);
  return { directory, socketPath, traceFile: join(directory, 'traces.otlp.jsonl') };
}

/**
 * Sends one envelope through a new sidecar and runtime; returns the context that the runtime got.
 */
async function runOne(
  t: TestContext,
  { file, protocol, program, actor, code }: (typeof RUNTIMES)[number],
) {
  const workspace = await openWorkspace(t);
  const path = join(workspace.directory, actor);
  await writeFile(path, code);
  const runtime = await startRuntimeProcess(t, [program, exampleFile(file), path], workspace);
  await sendOne(t, workspace, protocol);
  await runtime.printed('env-1 traceparent');
  const traceparent =
    /^env-1 traceparent (\S+)$/m.exec(runtime.output())?.[1] ?? assert.fail(runtime.output());
  return { traceFile: workspace.traceFile, traceparent };
}

/** Resolves when the sidecar has ended and has written its spans. */
async function sendOne(
  t: TestContext,
  { directory, traceFile }: Workspace,
  protocol: string,
): Promise<void> {
  const broker = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
  const sidecar = await startSidecarProcess({
    ...broker,
    ASYA_ACTOR_NAME: 'infer',
    ASYA_SOCKET_DIR: directory,
    ASYA_RUNTIME_PROTOCOL: protocol,
    ASYA_TRACE_FILE: traceFile,
  });
  t.after(sidecar.close);
  await sidecar.ready();
  const envelope = { id: 'env-1', route: { actors: ['infer'], current: 0 }, payload: 1 };
  await runBin(['send', '-'], broker, JSON.stringify(envelope));
  await sidecar.logged('hop: forward');
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
}

async function findCall(traceFile: string): Promise<TracedSpan> {
  const { spans } = readTraces(await readFile(traceFile, 'utf8'));
  return spans.find(({ name }) => name === 'call infer') ?? assert.fail('no call');
}

/** The span that any OpenTelemetry SDK creates in such a context, as a collector writes it. */
function runtimeSpan(traceparent: string, { startMs, endMs }: TracedSpan): string {
  const [, traceId, parentSpanId] = traceparent.split('-');
  const span = {
    traceId,
    parentSpanId,
    spanId: 'abcdef0123456789',
    name: 'load the model',
    kind: 1,
    startTimeUnixNano: String(Math.round(startMs * 1e6)),
    endTimeUnixNano: String(Math.round(endMs * 1e6)),
    attributes: [],
  };
  return `${JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })}\n`;
}
