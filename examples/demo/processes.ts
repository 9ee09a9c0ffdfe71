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
const PAGE_GRACE_MS = 4 * SECOND;

/**
 * The processes of the demo: a sidecar and a runtime for each actor of the pipeline, and a sidecar
 * for each end. The demo itself is the runtime of the ends.
 */
export class Processes {
  readonly #deployment: Deployment;
  readonly #sidecars: Child[] = [];
  readonly #pages: Child[] = [];
  /** The HTTP addresses of the sidecars that are ready. */
  readonly #addresses: string[] = [];
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
   * @param ends the ends with a sidecar; the envelopes stay in the queue of an end without one
   * @param onArrival called for each envelope that an end receives
   * @throws {Error} naming the processes that are not ready after a minute
   */
  async start(ends: readonly End[], onArrival: (end: End, body: Buffer) => void): Promise<void> {
    const ready = Promise.all([
      ...PIPELINE.map((actor) => this.#startActor(actor)),
      ...ends.map((end) => this.#startEnd(end, (body) => onArrival(end, body))),
    ]);
    const timeout = sleep(START_TIMEOUT_MS, 'timeout' as const, { ref: false });
    if ((await Promise.race([ready, timeout, this.#stop.promise])) !== 'timeout') return;
    const names = [...this.#starting].join(', ');
    throw new Error(`not ready after ${START_TIMEOUT_MS / SECOND} s: ${names}`);
  }

  /**
   * Starts `asya-sidecar ui` on the pipeline, and resolves with its address.
   * @param args further options
   * @param onLine called for each line that the page logs
   */
  async startPage(args: readonly string[], onLine: (line: string) => void): Promise<string> {
    const words = ['--sidecars', ...this.#addresses, ...args];
    const options: ChildOptions = {
      name: 'asya-sidecar ui',
      command: [process.execPath, PROGRAM, 'ui', ...words],
      env: this.#deployment.environment(this.#deployment.happyEnd),
    };
    const address = await this.#startChild(this.#pages, options, async (child) => {
      const found = await child.find(readAddress);
      child.follow(onLine);
      return found;
    });
    return address ?? '';
  }

  /**
   * Stops the page, the sidecars in order, then the runtimes. Resolves when every process has
   * ended.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stop.resolve('stopped');
    await Promise.all(this.#pages.map((child) => child.stop(PAGE_GRACE_MS)));
    await Promise.all(this.#sidecars.map((child) => child.stop(SIDECAR_GRACE_MS)));
    await Promise.all(this.#runtimes.map((child) => child.stop(RUNTIME_GRACE_MS)));
    await Promise.all(this.#endRuntimes.splice(0).map((runtime) => runtime.close()));
  }

  async #startActor({ name, protocol, batchSize, ...runtime }: PipelineActor): Promise<void> {
    const actor = this.#deployment.actorName(name);
    const socketDir = this.#deployment.socketDir(actor);
    await mkdir(socketDir);
    const env = { ...runtime.env, ASYA_SOCKET_DIR: socketDir };
    const options = { name: `the runtime of ${name}`, command: runtime.command, env };
    await this.#startChild(this.#runtimes, options, untilListening);
    await this.#startSidecar(actor, {
      ASYA_RUNTIME_PROTOCOL: protocol,
      ...(batchSize === 1 ? {} : batchesOf(batchSize)),
    });
  }

  async #startEnd(end: End, onArrival: (body: Buffer) => void): Promise<void> {
    const actor = this.#deployment.actorName(end);
    const socketDir = this.#deployment.socketDir(actor);
    await mkdir(socketDir);
    this.#endRuntimes.push(await openEndRuntime(`${socketDir}/asya-runtime.sock`, onArrival));
    await this.#startSidecar(actor, { ASYA_RUNTIME_PROTOCOL: 'envelope' });
  }

  async #startSidecar(actor: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const name = `the sidecar of ${this.#deployment.shorten(actor)}`;
    const env = { ...this.#deployment.environment(actor), ...settings };
    const port = await this.#startChild(
      this.#sidecars,
      { name, command: SIDECAR, env },
      untilReady,
    );
    if (port !== undefined) this.#addresses.push(`127.0.0.1:${port}`);
  }

  /** Resolves with the result of `untilStarted`; with undefined while the demo stops. */
  async #startChild<T>(
    children: Child[],
    options: ChildOptions,
    untilStarted: (child: Child) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.#isStopping) return undefined;
    this.#starting.add(options.name);
    const child = new Child(options);
    children.push(child);
    child.failed.catch(this.#failure.reject);
    // A process that has ended prints no line to wait for.
    const stopped = this.#stop.promise.then(() => undefined);
    const started = await Promise.race([untilStarted(child), child.failed, stopped]);
    this.#starting.delete(options.name);
    return started;
  }
}

const SIDECAR = [
  process.execPath,
  '--import',
  pathOf('../../telemetry/register.ts'),
  pathOf('../../src/main.ts'),
] as const;

const PROGRAM = pathOf('../../src/bin.ts');

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** The wait is longer than the default, so that a slow stream of envelopes forms batches too. */
function batchesOf(size: number): Readonly<Record<string, string>> {
  return { ASYA_BATCH_SIZE: String(size), ASYA_BATCH_WAIT: '50ms' };
}

async function untilListening(runtime: Child): Promise<void> {
  await runtime.find((line) => line.includes('listening') || undefined);
}

/** Resolves with the port of the sidecar's HTTP server. */
async function untilReady(sidecar: Child): Promise<number> {
  const port = await sidecar.find(readPort);
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) await sleep(READY_POLL_MS);
  return port;
}

/** Reads the line that `asya-sidecar ui` prints. */
function readAddress(line: string): string | undefined {
  return /^https?:\/\/\S+#token=\S+$/.test(line) ? line : undefined;
}

/** Reads the HTTP port from the log line `started`. */
function readPort(line: string): number | undefined {
  if (!line.includes('"started"')) return undefined;
  const { port } = JSON.parse(line) as { port?: unknown };
  return typeof port === 'number' ? port : undefined;
}
