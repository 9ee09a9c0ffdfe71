import type { ChannelModel } from 'amqplib';
import { Duplex } from 'node:stream';

/**
 * Hands all frames of one turn of the event loop to the kernel in one system call. amqplib writes
 * each frame separately.
 */
export function batchWrites(connection: ChannelModel): void {
  const socket = socketOf(connection);
  if (socket === undefined) return;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  socket.write = (...args: unknown[]): boolean => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    return write(...args);
  };
}

/**
 * Stops reading from a connection, so that the broker stops sending. amqplib reads with `read`
 * whenever the socket is readable. Returns a function that resumes reading.
 */
export function pauseReading(connection: ChannelModel): () => void {
  const socket = socketOf(connection);
  if (socket === undefined) return () => {};
  const read = socket.read.bind(socket);
  const paused = (): null => null;
  socket.read = paused;
  return () => {
    if (socket.read === paused) socket.read = read;
    socket.emit('readable');
  };
}

/**
 * Closes a connection's socket at once, without the closing handshake. amqplib only ends its side,
 * and a broker that reads nothing keeps such a socket open forever.
 */
export function destroySocket(connection: ChannelModel): void {
  socketOf(connection)?.destroy(new Error('connection destroyed'));
}

/** amqplib's types omit the socket. */
function socketOf({ connection }: ChannelModel): Duplex | undefined {
  const { stream } = connection as { stream?: unknown };
  return stream instanceof Duplex ? stream : undefined;
}
