import type { ListenOptions } from 'node:net';
import { createActor } from './actor/actor.ts';
import { functionOptions, type Handle, type HandleBatch } from './actor/handle.ts';
import { encodeJson } from './actor/jsonText.ts';
import { findTracing } from './actor/tracing.ts';
import { createLog, type Log } from './log.ts';
import { answerEnvelope } from './server/envelopeProtocol.ts';
import { answerPayload } from './server/payloadProtocol.ts';
import { refuse, RequestError } from './server/protocol.ts';
import {
  createSocketServer,
  createTcpServer,
  listen,
  type ProtocolServer,
  type ServerOptions,
} from './server/server.ts';
import { SocketFile } from './server/socketFile.ts';
import { readSettings, type ServeOptions, type Settings } from './settings.ts';
import { startWithSignals } from './signals.ts';
import { StartError } from './startError.ts';

/** A runtime that serves an actor. */
export interface Runtime {
  /** The path of the socket, or the URL over TCP. */
  readonly address: string;
  /**
   * Stops to listen, and resolves when the running calls have been answered. Calls that still run
   * after `shutdownTimeoutMs` are cut off.
   */
  close(): Promise<void>;
}

/**
 * Serves an actor to the sidecar. Resolves when the runtime is ready.
 *
 *     await serve(async (payload: { text: string }) => ({ text: payload.text.toUpperCase() }));
 *     await serve({ handleBatch: (texts: string[]) => model.embed(texts), setup: loadModel });
 *
 * @throws {StartError} for an invalid setting, or if another process listens on the socket
 */
export async function serve(actor: Handle | ServeOptions): Promise<Runtime>;
/** Serves a function that is named `handleBatch`. */
export async function serve(handleBatch: HandleBatch): Promise<Runtime>;
export async function serve(actor: Handle | HandleBatch | ServeOptions): Promise<Runtime> {
  const options: ServeOptions = typeof actor === 'function' ? functionOptions(actor) : actor;
  const settings = readSettings(options, process.env);
  const log = createLog(options.log ?? console.error);
  const runtime = new ServedRuntime(options, settings, log);
  if (options.signals === false) await runtime.start();
  else await startWithSignals(runtime, log);
  return runtime;
}

/** 256 MiB. */
const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

class ServedRuntime implements Runtime {
  readonly #options: ServeOptions;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #server: ProtocolServer;
  /** Undefined over TCP. */
  readonly #socketFile: SocketFile | undefined;
  #teardown: unknown;
  #isStopping = false;
  #stopped: Promise<number> | undefined;

  constructor(options: ServeOptions, settings: Settings, log: Log) {
    this.#options = options;
    this.#settings = settings;
    this.#log = log;
    const served = this.#serverOptions(settings);
    const isTcp = settings.listen !== undefined;
    this.#socketFile = isTcp ? undefined : new SocketFile(settings.socketDir);
    this.#server = isTcp ? createTcpServer(served) : createSocketServer(served);
  }

  get address(): string {
    if (this.#socketFile !== undefined) return this.#socketFile.path;
    return urlOf(this.#server.server.address());
  }

  async start(): Promise<void> {
    await this.#socketFile?.claim();
    this.#teardown = await this.#options.setup?.();
    try {
      await listen(this.#server.server, this.#listenOptions());
      await this.#socketFile?.announce();
    } catch (error) {
      throw new StartError(
        `cannot listen: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    this.#log('info', 'runtime listening', { address: this.address });
  }

  async close(): Promise<void> {
    await this.stop();
  }

  /** Returns the number of connections whose calls were cut off. */
  stop(): Promise<number> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<number> {
    this.#isStopping = true;
    await this.#socketFile?.withdraw();
    this.#server.server.close();
    const { shutdownTimeoutMs: timeoutMs } = this.#settings;
    let unfinished = 0;
    const timer = setTimeout(() => {
      unfinished = this.#server.connections.destroy();
      if (unfinished === 0) return;
      this.#log('error', 'runtime stopped before its calls had ended', { calls: unfinished });
    }, timeoutMs);
    await this.#server.connections.close();
    clearTimeout(timer);
    if (typeof this.#teardown === 'function') await this.#teardown();
    return unfinished;
  }

  #listenOptions(): ListenOptions {
    return this.#settings.listen ?? { path: this.#socketFile?.path };
  }

  #serverOptions({ concurrency, isEnvelope, isBatched }: Settings): ServerOptions {
    const { handle, handleBatch, parse = JSON.parse, stringify = encodeJson } = this.#options;
    const { maxRequestBytes = MAX_REQUEST_BYTES } = this.#options;
    const log = this.#log;
    const tracing = findTracing();
    const actor = createActor({ handle, handleBatch, concurrency, stringify, tracing, log });
    const request = { actor, parse, stringify, isBatched, log };
    return {
      answerFrame: (body) =>
        isEnvelope ? answerEnvelope(body, request) : answerPayload(body, request),
      refuseFrame: (message) => {
        const error = refuse(new RequestError(message), request);
        return JSON.stringify(isEnvelope ? [error] : error);
      },
      http: { actor, parse, log, maxRequestBytes, isStopping: () => this.#isStopping },
      log,
    };
  }
}

function urlOf(address: ReturnType<ProtocolServer['server']['address']>): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
