import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** Stands between clients and a server, and misbehaves when told to. */
export interface Proxy {
  readonly port: number;
  /** Ends every connection at once; new ones are taken. */
  cut(): void;
  /** The same with a reset. */
  reset(): void;
  /** Passes nothing on any more, in either direction, and keeps the connections: a black hole. */
  swallow(): void;
  /** One end of every connection is closed, and the other end does not hear of it. */
  halfOpen(closed: 'client' | 'server'): void;
  /** From now on every byte takes so long. */
  slow(latencyMs: number): void;
  close(): Promise<void>;
}

/** One connection. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Nothing is passed on, not even that an end has closed. */
  parted: boolean;
}

/** Listens on a port of its own choice, or on a given one. */
export async function openProxy(targetPort: number, port = 0): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let latencyMs = 0;

  function join(client: Socket): void {
    const server = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const pair = { client, server, parted: false };
    pairs.add(pair);
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      // What a cut connection has to say is what the test wants.
      end
        .on('error', () => {})
        .once('close', () => {
          if (!pair.parted) other.destroy();
          if (other.destroyed) pairs.delete(pair);
        });
      end.pipe(passOn()).pipe(other);
    }
  }

  function passOn(): Transform {
    let dueMs = 0;
    return new Transform({
      transform(chunk: Buffer, _, pass) {
        // What comes later must not overtake.
        dueMs = Math.max(dueMs, performance.now() + latencyMs);
        const leftMs = dueMs - performance.now();
        if (leftMs <= 0) pass(null, chunk);
        else setTimeout(() => pass(null, chunk), leftMs);
      },
    });
  }

  function part(pair: Pair): void {
    pair.parted = true;
    pair.client.unpipe().pause();
    pair.server.unpipe().pause();
  }

  function endAll(end: (socket: Socket) => void): void {
    for (const { client, server } of pairs) {
      end(client);
      end(server);
    }
  }

  const listener = createServer({ noDelay: true }, join);
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    cut: () => endAll((socket) => socket.destroy()),
    reset: () => endAll((socket) => socket.resetAndDestroy()),
    swallow: () => pairs.forEach(part),
    halfOpen: (closed) =>
      pairs.forEach((pair) => {
        part(pair);
        pair[closed].destroy();
      }),
    slow: (ms) => {
      latencyMs = ms;
    },
    close: async () => {
      if (!listener.listening) return;
      const closed = once(listener, 'close');
      listener.close();
      endAll((socket) => socket.destroy());
      await closed;
    },
  };
}
