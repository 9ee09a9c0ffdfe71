import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

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
  const calls: string[] = [];
  const sockets = new Set<Socket>();
  const hanging: Socket[] = [];
  let server = createServer();

  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let buffered: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readUInt32BE(0)) {
        const end = 4 + buffered.readUInt32BE(0);
        const payload = buffered.toString('utf8', 4, end);
        buffered = buffered.subarray(end);
        void answer(socket, payload);
      }
    });
  };

  const answer = async (socket: Socket, payload: string): Promise<void> => {
    calls.push(payload);
    const reply = await runtime.script(payload, calls.length);
    if (reply === 'hang') hanging.push(socket);
    else if (reply === 'die') socket.destroy();
    else writeFrame(socket, reply);
  };

  const runtime: ScriptedRuntime = {
    calls,
    script,
    release: (reply) => {
      for (const socket of hanging.splice(0)) writeFrame(socket, reply);
    },
    start: () => {
      server = createServer(serve);
      return new Promise((resolve, reject) =>
        server.once('error', reject).listen(socketPath, resolve),
      );
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(socketPath, { force: true });
    },
  };
  await runtime.start();
  return runtime;
}

function writeFrame(socket: Socket, reply: Buffer | string): void {
  const body = typeof reply === 'string' ? Buffer.from(reply) : reply;
  const frame = Buffer.alloc(4 + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, 4);
  socket.write(frame);
}
