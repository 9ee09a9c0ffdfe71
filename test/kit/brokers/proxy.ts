import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A TCP proxy that injects network faults between clients and a server. */
export interface Proxy {
  readonly port: number;
  /** Closes every connection at once. New connections are accepted. */
  cutConnections(): void;
  /** Closes every connection with a TCP reset. New connections are accepted. */
  resetConnections(): void;
  /** Keeps the existing connections open and discards their traffic in both directions. */
  stopForwarding(): void;
  /** Closes one end of every connection without closing the other end. */
  halfOpen(closed: 'client' | 'server'): void;
  /** Delays all further traffic in both directions. */
  setLatency(latencyMs: number): void;
  close(): Promise<void>;
}

/** One connection. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Neither data nor the closing of one end is forwarded. */
  isPartitioned: boolean;
}

/** @param port the port to listen on; 0 selects a free one */
export async function openProxy(targetPort: number, port = 0): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let latencyMs = 0;

  function connectPair(client: Socket): void {
    const server = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const pair = { client, server, isPartitioned: false };
    pairs.add(pair);
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      // The errors of cut connections are intended.
      end
        .on('error', () => {})
        .once('close', () => {
          if (!pair.isPartitioned) other.destroy();
          if (other.destroyed) pairs.delete(pair);
        });
      end.pipe(createDelay()).pipe(other);
    }
  }

  function createDelay(): Transform {
    let dueMs = 0;
    return new Transform({
      transform(chunk: Buffer, _, pass) {
        // Later chunks must not overtake earlier ones.
        dueMs = Math.max(dueMs, performance.now() + latencyMs);
        const leftMs = dueMs - performance.now();
        if (leftMs <= 0) pass(null, chunk);
        else setTimeout(() => pass(null, chunk), leftMs);
      },
    });
  }

  function partition(pair: Pair): void {
    pair.isPartitioned = true;
    pair.client.unpipe().pause();
    pair.server.unpipe().pause();
  }

  function forEachSocket(action: (socket: Socket) => void): void {
    for (const { client, server } of pairs) {
      action(client);
      action(server);
    }
  }

  const listener = createServer({ noDelay: true }, connectPair);
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    cutConnections: () => forEachSocket((socket) => socket.destroy()),
    resetConnections: () => forEachSocket((socket) => socket.resetAndDestroy()),
    stopForwarding: () => pairs.forEach(partition),
    halfOpen: (closed) =>
      pairs.forEach((pair) => {
        partition(pair);
        pair[closed].destroy();
      }),
    setLatency: (ms) => {
      latencyMs = ms;
    },
    close: async () => {
      if (!listener.listening) return;
      const closed = once(listener, 'close');
      listener.close();
      forEachSocket((socket) => socket.destroy());
      await closed;
    },
  };
}
