import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PIPELINE, type PipelineActor } from '../pipeline/actors.ts';
import { startChild, type Child, type ChildOptions } from './child.ts';
import { openCollector, type Collector } from './collector.ts';
import type { End } from './ledger.ts';
import type { Place } from './place.ts';

/**
 * All processes of the demo: a sidecar and a runtime for each actor of the pipeline, and a sidecar for each end,
 * whose runtime is the demo itself.
 */
export interface Processes {
  /** Resolves when every sidecar says that it is ready. `onArrival` is told each envelope that an end receives. */
  start(onArrival: (end: End, body: Buffer) => void): Promise<void>;
  /** Rejects when a process ends that was not told to; never resolves. */
  readonly failed: Promise<never>;
  /** Lets the sidecars finish what is in flight; resolves when every process has ended. */
  stop(): Promise<void>;
}

const READY_POLL_MS = 50;
/** A sidecar's own shutdown time-out, the flushing of its traces, and a little. */
const SIDECAR_GRACE_MS = 12_000;
const RUNTIME_GRACE_MS = 2_000;

export function createProcesses(place: Place): Processes {
  const sidecars: Child[] = [];
  const runtimes: Child[] = [];
  const collectors: Collector[] = [];
  const failure = Promise.withResolvers<never>();
  // Whoever waits for it hears of it.
  failure.promise.catch(() => {});

  let stopping = false;

  function start(options: ChildOptions, among: Child[]): void {
    if (stopping) return;
    const child = startChild(options);
    among.push(child);
    child.failed.catch(failure.reject);
  }

  async function startRuntime({ name, command: [program, ...args] }: PipelineActor): Promise<void> {
    const listening = Promise.withResolvers<void>();
    const onLine = (line: string): void => {
      if (line.startsWith('listening')) listening.resolve();
    };
    const env = { ASYA_SOCKET_DIR: place.socketDir(place.actor(name)) };
    start({ name: `the runtime of ${name}`, command: program, args, env, onLine }, runtimes);
    await listening.promise;
  }

  async function startSidecar(actor: string, protocol: string): Promise<void> {
    const port = Promise.withResolvers<number>();
    const onLine = (line: string): void => {
      const found = portIn(line);
      if (found !== undefined) port.resolve(found);
    };
    const env = { ...place.environment(actor), ASYA_RUNTIME_PROTOCOL: protocol };
    const name = `the sidecar of ${place.plain(actor)}`;
    start({ name, command: process.execPath, args: SIDECAR, env, onLine }, sidecars);
    await untilReady(await port.promise);
  }

  async function startActor(actor: PipelineActor): Promise<void> {
    await mkdir(place.socketDir(place.actor(actor.name)));
    await startRuntime(actor);
    await startSidecar(place.actor(actor.name), actor.protocol);
  }

  async function startEnd(actor: string, onArrival: (body: Buffer) => void): Promise<void> {
    await mkdir(place.socketDir(actor));
    collectors.push(await openCollector(`${place.socketDir(actor)}/asya-runtime.sock`, onArrival));
    await startSidecar(actor, 'envelope');
  }

  return {
    failed: failure.promise,
    async start(onArrival) {
      await Promise.all([
        ...PIPELINE.map(startActor),
        startEnd(place.happyEnd, (body) => onArrival('happy-end', body)),
        startEnd(place.errorEnd, (body) => onArrival('error-end', body)),
      ]);
    },
    async stop() {
      stopping = true;
      await Promise.all(sidecars.map((child) => child.stop(SIDECAR_GRACE_MS)));
      await Promise.all(runtimes.map((child) => child.stop(RUNTIME_GRACE_MS)));
      await Promise.all(collectors.splice(0).map((collector) => collector.close()));
    },
  };
}

const SIDECAR = ['--import', file('../../telemetry/register.ts'), file('../../src/main.ts')];

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The port that a sidecar's line `started` tells. */
function portIn(line: string): number | undefined {
  if (!line.includes('"started"')) return undefined;
  const { port } = JSON.parse(line) as { port?: unknown };
  return typeof port === 'number' ? port : undefined;
}

async function untilReady(port: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (response.ok) return;
    await sleep(READY_POLL_MS);
  }
}
