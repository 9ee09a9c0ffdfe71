import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { createFrameDecoder, encodeFrame } from '../../../src/runtime/framed/framing.ts';

/** A reply. `hang` sends no reply before `release`, and `die` closes the connection. */
export type Answer = Buffer | string;
/** Returns the answer to a payload. Calls are counted from 1. */
export type Script = (payload: string, call: number) => Answer | Promise<Answer>;

/** A runtime on a Unix socket that answers from a script. */
export interface ScriptedRuntime {
  /** The received payloads, in order. */
  readonly calls: readonly string[];
  script: Script;
  /** Answers all hanging calls. */
  release(answer: string): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a runtime with the protocol `payload`. */
export async function startScriptedRuntime(
  socketPath: string,
  script: Script,
): Promise<ScriptedRuntime> {
  const runtime = new FramedRuntime(socketPath, script);
  await runtime.start();
  return runtime;
}

class FramedRuntime implements ScriptedRuntime {
  readonly calls: string[] = [];
  script: Script;
  readonly #socketPath: string;
  readonly #sockets = new Set<Socket>();
  readonly #hanging: Socket[] = [];
  #server = createServer();

  constructor(socketPath: string, script: Script) {
    this.#socketPath = socketPath;
    this.script = script;
  }

  release(answer: string): void {
    for (const socket of this.#hanging.splice(0)) writeFrame(socket, answer);
  }

  start(): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket));
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(this.#socketPath, resolve);
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#socketPath, { force: true });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const decoder = createFrameDecoder(Number.POSITIVE_INFINITY, {
      onFrame: (body) => void this.#answer(socket, body.toString()),
      onTooLarge() {},
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  }

  async #answer(socket: Socket, payload: string): Promise<void> {
    const answer = await this.script(payload, this.calls.push(payload));
    if (answer === 'hang') this.#hanging.push(socket);
    else if (answer === 'die') socket.destroy();
    else writeFrame(socket, answer);
  }
}

function writeFrame(socket: Socket, answer: Buffer | string): void {
  const body = typeof answer === 'string' ? Buffer.from(answer) : answer;
  for (const buffer of encodeFrame(body)) socket.write(buffer);
}
