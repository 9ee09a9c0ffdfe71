import { connect as connectToBroker, type ConsumeMessage } from 'amqplib';
import { connect, type Socket } from 'node:net';

/**
 * The limit of this stack: a bare amqplib loop. For each message it makes one round trip on a kept
 * Unix connection, publishes the reply and acks after the confirm. It parses, checks, retries and
 * measures nothing. With COPIES it publishes the message that often, without a round trip.
 *
 *   node bench/limit.ts AMQP_URL SOCKET EXCHANGE QUEUE ROUTING_KEY PREFETCH COPIES
 */
const [url = '', socketPath = '', exchange = '', queue = '', routingKey = '', prefetch, copies] =
  process.argv.slice(2);

const idle: Connection[] = [];
// In a scenario with many workers this process is frozen for longer than a heartbeat timeout.
const broker = await connectToBroker(`${url}?heartbeat=0`, { noDelay: true });
const channel = await broker.createConfirmChannel();
await channel.prefetch(Number(prefetch));
await channel.consume(queue, (message) => {
  if (message !== null) void hop(message);
});
process.send?.('ready');

async function hop(message: ConsumeMessage): Promise<void> {
  if (copies === undefined) {
    const connection = idle.pop() ?? openConnection(connect(socketPath));
    const reply = await connection.call(message.content);
    idle.push(connection);
    await publish(reply);
  } else {
    await Promise.all(Array.from({ length: Number(copies) }, () => publish(message.content)));
  }
  channel.ack(message);
}

function publish(body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.publish(
      exchange,
      routingKey,
      body,
      { persistent: true, mandatory: true },
      (error: unknown) => {
        if (error === null) resolve();
        else reject(new Error('publish not confirmed', { cause: error }));
      },
    );
  });
}

/** A kept connection to the runtime, which carries one request at a time. */
interface Connection {
  call(body: Buffer): Promise<Buffer>;
}

function openConnection(socket: Socket): Connection {
  let reply = Promise.withResolvers<Buffer>();
  let chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    const [first = chunk] = chunks;
    if (size < 4 || size < first.readUInt32BE() + 4) return;
    reply.resolve(chunks.length === 1 ? first.subarray(4) : Buffer.concat(chunks).subarray(4));
    [chunks, size] = [[], 0];
  });
  return {
    call(body) {
      reply = Promise.withResolvers();
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      socket.cork();
      socket.write(head);
      socket.write(body);
      socket.uncork();
      return reply.promise;
    },
  };
}
