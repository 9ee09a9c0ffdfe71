import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MINUTE, SECOND } from '../../src/units.ts';
import { PIPELINE, type PipelineActor } from '../pipeline/actors.ts';
import { Child, type ChildOptions } from './child.ts';
import type { Deployment } from './deployment.ts';
import { openEndRuntime, type EndRuntime } from './endRuntime.ts';
import type { End } from './scenarios.ts';

const START_TIMEOUT_MS = MINUTE;
const READY_POLL_MS = 50;
/** More than the sidecar's shutdown timeout and the time to flush its traces. */
const SIDECAR_GRACE_MS = 12 * SECOND;
const RUNTIME_GRACE_MS = 2 * SECOND;

/**
 * The processes of the demo: a sidecar and a runtime for each actor of the pipeline, and a sidecar
 * for each end. The demo itself is the runtime of the ends.
 */
export class Processes {
  readonly #deployment: Deployment;
  readonly #sidecars: Child[] = [];
  readonly #runtimes: Child[] = [];
  readonly #endRuntimes: EndRuntime[] = [];
  /** The names of the processes that are starting. */
  readonly #starting = new Set<string>();
  readonly #failure = Promise.withResolvers<never>();
  readonly #stop = Promise.withResolvers<'stopped'>();
  #isStopping = false;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
    this.#failure.promise.catch(() => {}); // it may reject before the demo awaits it
  }

  /** Rejects when a process ends before `stop`; never resolves. */
  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  /**
   * Starts all processes. Resolves when every sidecar is ready, or when `stop` is called.
   * @param onArrival called for each envelope that an end receives
   * @throws {Error} naming the processes that are not ready after a minute
   */
  async start(onArrival: (end: End, body: Buffer) => void): Promise<void> {
    const { happyEnd, errorEnd } = this.#deployment;
    const ready = Promise.all([
      ...PIPELINE.map((actor) => this.#startActor(actor)),
      this.#startEnd(happyEnd, (body) => onArrival('happy-end', body)),
      this.#startEnd(errorEnd, (body) => onArrival('error-end', body)),
    ]);
    const timeout = sleep(START_TIMEOUT_MS, 'timeout' as const, { ref: false });
    if ((await Promise.race([ready, timeout, this.#stop.promise])) !== 'timeout') return;
    const names = [...this.#starting].join(', ');
    throw new Error(`not ready after ${START_TIMEOUT_MS / SECOND} s: ${names}`);
  }

  /** Stops the sidecars in order, then the runtimes. Resolves when every process has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stop.resolve('stopped');
    await Promise.all(this.#sidecars.map((child) => child.stop(SIDECAR_GRACE_MS)));
    await Promise.all(this.#runtimes.map((child) => child.stop(RUNTIME_GRACE_MS)));
    await Promise.all(this.#endRuntimes.splice(0).map((runtime) => runtime.close()));
  }

  async #startActor({ name, protocol, command }: PipelineActor): Promise<void> {
    const actor = this.#deployment.actorName(name);
    const socketDir = this.#deployment.socketDir(actor);
    await mkdir(socketDir);
    const env = { ASYA_SOCKET_DIR: socketDir };
    const options = { name: `the runtime of ${name}`, command, env };
    await this.#startChild(this.#runtimes, options, untilListening);
    await this.#startSidecar(actor, protocol);
  }

  async #startEnd(actor: string, onArrival: (body: Buffer) => void): Promise<void> {
    const socketDir = this.#deployment.socketDir(actor);
    await mkdir(socketDir);
    this.#endRuntimes.push(await openEndRuntime(`${socketDir}/asya-runtime.sock`, onArrival));
    await this.#startSidecar(actor, 'envelope');
  }

  async #startSidecar(actor: string, protocol: string): Promise<void> {
    const name = `the sidecar of ${this.#deployment.shorten(actor)}`;
    const env = { ...this.#deployment.environment(actor), ASYA_RUNTIME_PROTOCOL: protocol };
    await this.#startChild(this.#sidecars, { name, command: SIDECAR, env }, untilReady);
  }

  async #startChild(
    children: Child[],
    options: ChildOptions,
    untilStarted: (child: Child) => Promise<unknown>,
  ): Promise<void> {
    if (this.#isStopping) return;
    this.#starting.add(options.name);
    const child = new Child(options);
    children.push(child);
    child.failed.catch(this.#failure.reject);
    await untilStarted(child);
    this.#starting.delete(options.name);
  }
}

const SIDECAR = [
  process.execPath,
  '--import',
  pathOf('../../telemetry/register.ts'),
  pathOf('../../src/main.ts'),
] as const;

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

async function untilListening(runtime: Child): Promise<void> {
  await runtime.find((line) => line.startsWith('listening') || undefined);
}

async function untilReady(sidecar: Child): Promise<void> {
  const port = await sidecar.find(readPort);
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) await sleep(READY_POLL_MS);
}

/** Reads the HTTP port from the log line `started`. */
function readPort(line: string): number | undefined {
  if (!line.includes('"started"')) return undefined;
  const { port } = JSON.parse(line) as { port?: unknown };
  return typeof port === 'number' ? port : undefined;
}
