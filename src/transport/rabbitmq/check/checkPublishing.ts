import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { randomUUID } from 'node:crypto';
import {
  failed,
  notChecked,
  ok,
  runCheck,
  type CheckResult,
  type Finding,
} from '../../../check.ts';
import { whileOpen } from '../connection/lifetime.ts';
import { replyCodeOf, replyTextOf } from '../connection/reply.ts';
import type { TopologyCheckOptions } from '../topology/checkTopology.ts';

/**
 * Publishes a mandatory message to each exchange that the sidecar uses, with a routing key that no
 * queue is bound to: the broker returns it, and stores nothing.
 */
export async function* checkPublishing({
  connection,
  plan,
  limit,
}: TopologyCheckOptions): AsyncGenerator<CheckResult> {
  const blocked = Promise.withResolvers<Finding>();
  connection.once('blocked', (reason: unknown) =>
    blocked.resolve(failed(`the broker accepts no publishes: ${String(reason)}`)),
  );
  // Retry and parked queues are addressed at the default exchange.
  const exchanges = { [plan.exchange]: plan.exchange, 'retry queues': '' };
  for (const [name, exchange] of Object.entries(exchanges)) {
    const find = (): Promise<Finding> =>
      Promise.race([probe(connection, exchange), blocked.promise]);
    yield runCheck(`publish to ${name}`, () => whileOpen(connection, find), limit, replyTextOf);
  }
}

async function probe(connection: ChannelModel, exchange: string): Promise<Finding> {
  const channel = await connection.createConfirmChannel();
  let refusal: unknown;
  channel.on('error', (error: unknown) => (refusal = error));
  try {
    return describeRouting(await publish(channel, exchange));
  } catch (error) {
    return describeRefusal(refusal ?? error);
  } finally {
    await channel.close().catch(() => undefined); // the broker has closed it already
  }
}

/**
 * Resolves to whether a queue received the message. A queue without a waiting consumer drops it,
 * because it expires at once.
 */
function publish(channel: ConfirmChannel, exchange: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  let isRouted = true;
  channel.on('return', () => (isRouted = false));
  const options = { mandatory: true, persistent: false, expiration: 0, type: 'asya-check' };
  const key = `asya-check.${randomUUID()}`;
  channel.publish(exchange, key, Buffer.alloc(0), options, (error: unknown) => {
    if (error === null || error === undefined) resolve(isRouted);
    else reject(error);
  });
  return promise;
}

function describeRouting(isRouted: boolean): Finding {
  return isRouted
    ? ok('granted; a binding such as "#", or an alternate exchange, routed the empty probe')
    : ok('granted');
}

/** @throws an error that is not a refusal, such as a lost connection */
function describeRefusal(refusal: unknown): Finding {
  const text = replyTextOf(refusal);
  switch (replyCodeOf(refusal)) {
    case ACCESS_REFUSED:
      // A topic permission allows certain routing keys only.
      return text.includes('access to topic')
        ? notChecked(`a topic permission excludes the probe: ${text}`)
        : failed(text);
    case NOT_FOUND:
      return notChecked('the exchange does not exist');
    default:
      throw refusal;
  }
}

const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;
