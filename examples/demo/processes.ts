import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PIPELINE, type PipelineActor } from '../pipeline/actors.ts';
import type { End } from './tally.ts';
import { startChild, type Child, type ChildOptions } from './child.ts';
import { openEndRuntime, type EndRuntime } from './endRuntime.ts';
import type { Deployment } from './deployment.ts';

/**
 * All processes of the demo: a sidecar and a runtime for each actor of the pipeline, and a sidecar
 * for each end, whose runtime is the demo itself.
 */
export interface Processes {
  /**
   * Resolves when every sidecar says that it is ready, or all are stopped. `onArrival` is told each
   * envelope that an end receives.
   * @throws {Error} naming the processes that are not ready after a minute
   */
  start(onArrival: (end: End, body: Buffer) => void): Promise<void>;
  /** Rejects when a process ends that was not told to; never resolves. */
  readonly failed: Promise<never>;
  /** Lets the sidecars finish what is in flight; resolves when every process has ended. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 50;
/** A sidecar's own shutdown time-out, the flushing of its traces, and a little. */
const SIDECAR_GRACE_MS = 12_000;
const RUNTIME_GRACE_MS = 2_000;

export function createProcesses(place: Deployment): Processes {
  const sidecars: Child[] = [];
  const runtimes: Child[] = [];
  const collectors: EndRuntime[] = [];
  const unready = new Set<string>();
  const failure = Promise.withResolvers<never>();
  const stopping = Promise.withResolvers<'stopped'>();
  let isStopping = false;
  // Whoever waits for it hears of it.
  failure.promise.catch(() => {});

  async function start(
    among: Child[],
    options: ChildOptions,
    untilReady: (child: Child) => Promise<unknown>,
  ): Promise<void> {
    if (isStopping) return;
    unready.add(options.name);
    const child = startChild(options);
    among.push(child);
    child.failed.catch(failure.reject);
    await untilReady(child);
    unready.delete(options.name);
  }

  async function startActor({ name, protocol, command }: PipelineActor): Promise<void> {
    const actor = place.actor(name);
    const env = { ASYA_SOCKET_DIR: place.socketDir(actor) };
    await mkdir(place.socketDir(actor));
    await start(runtimes, { name: `the runtime of ${name}`, command, env }, untilListening);
    await startSidecar(actor, protocol);
  }

  async function startEnd(actor: string, onArrival: (body: Buffer) => void): Promise<void> {
    await mkdir(place.socketDir(actor));
    collectors.push(await openEndRuntime(`${place.socketDir(actor)}/asya-runtime.sock`, onArrival));
    await startSidecar(actor, 'envelope');
  }

  async function startSidecar(actor: string, protocol: string): Promise<void> {
    const name = `the sidecar of ${place.plain(actor)}`;
    const env = { ...place.environment(actor), ASYA_RUNTIME_PROTOCOL: protocol };
    await start(sidecars, { name, command: SIDECAR, env }, untilServing);
  }

  return {
    failed: failure.promise,
    async start(onArrival) {
      const ready = Promise.all([
        ...PIPELINE.map(startActor),
        startEnd(place.happyEnd, (body) => onArrival('happy-end', body)),
        startEnd(place.errorEnd, (body) => onArrival('error-end', body)),
      ]);
      const late = sleep(START_TIMEOUT_MS, 'late' as const, { ref: false });
      const end = await Promise.race([ready, late, stopping.promise]);
      if (end !== 'late') return;
      throw new Error(`not ready after ${START_TIMEOUT_MS / 1000} s: ${[...unready].join(', ')}`);
    },
    async stop() {
      isStopping = true;
      stopping.resolve('stopped');
      await Promise.all(sidecars.map((child) => child.stop(SIDECAR_GRACE_MS)));
      await Promise.all(runtimes.map((child) => child.stop(RUNTIME_GRACE_MS)));
      await Promise.all(collectors.splice(0).map((collector) => collector.close()));
    },
  };
}

const SIDECAR = [
  process.execPath,
  '--import',
  file('../../telemetry/register.ts'),
  file('../../src/main.ts'),
] as const;

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function untilListening(runtime: Child): Promise<void> {
  await runtime.find((line) => line.startsWith('listening') || undefined);
}

async function untilServing(sidecar: Child): Promise<void> {
  const port = await sidecar.find(portIn);
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) await sleep(READY_POLL_MS);
}

/** The port that a sidecar's line `started` tells. */
function portIn(line: string): number | undefined {
  if (!line.includes('"started"')) return undefined;
  const { port } = JSON.parse(line) as { port?: unknown };
  return typeof port === 'number' ? port : undefined;
}
