import { connect as connectToBroker, type ConsumeMessage } from 'amqplib';
import { connect, type Socket } from 'node:net';

/**
 * The limit of this stack: take a message, one round trip on a kept Unix connection, publish what
 * came back, ack once the broker has confirmed it. Nothing is read, checked, retried or measured.
 * With copies it publishes the message so often instead of asking anybody.
 *
 *   node bench/limit.ts AMQP_URL SOCKET EXCHANGE QUEUE ROUTING_KEY PREFETCH COPIES
 */
const [url = '', socketPath = '', exchange = '', queue = '', routingKey = '', prefetch, copies] =
  process.argv.slice(2);

const idle: Line[] = [];
// It stands still for longer than a broker waits for a heartbeat, while sixteen others have their
// turn.
const connection = await connectToBroker(`${url}?heartbeat=0`, { noDelay: true });
const channel = await connection.createConfirmChannel();
await channel.prefetch(Number(prefetch));
await channel.consume(queue, (message) => {
  if (message !== null) void hop(message);
});
process.send?.('ready');

async function hop(message: ConsumeMessage): Promise<void> {
  if (copies === undefined) {
    const line = idle.pop() ?? openLine(connect(socketPath));
    const reply = await line.ask(message.content);
    idle.push(line);
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
        else reject(new Error('not confirmed', { cause: error }));
      },
    );
  });
}

/** A kept connection, with one request at a time on it. */
interface Line {
  ask(body: Buffer): Promise<Buffer>;
}

function openLine(socket: Socket): Line {
  let answer = Promise.withResolvers<Buffer>();
  let chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    const [first = chunk] = chunks;
    if (size < 4 || size < first.readUInt32BE() + 4) return;
    answer.resolve(chunks.length === 1 ? first.subarray(4) : Buffer.concat(chunks).subarray(4));
    [chunks, size] = [[], 0];
  });
  return {
    ask(body) {
      answer = Promise.withResolvers();
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      socket.cork();
      socket.write(head);
      socket.write(body);
      socket.uncork();
      return answer.promise;
    },
  };
}
