import type { ReplyTransport, Subscription, Transport } from '../../../src/transport/transport.ts';

/** An envelope that has arrived at an actor, and the ways to answer it. */
export interface Arrived {
  readonly id: string;
  readonly hops: number;
  readonly fanout: object | undefined;
  readonly body: string;
  readonly replyTo: string;
  readonly reply: (payload: string, child?: Child) => void;
  readonly fail: (message: string, child?: Child) => void;
}

interface Child {
  readonly id?: string;
  readonly fanout?: object;
}

/**
 * Consumes the queue of an actor. Answers go to the reply queues that the envelopes name, as a
 * sidecar sends them.
 */
export function answerArrivals(
  transport: Transport & ReplyTransport,
  queue: string,
  onArrival: (arrived: Arrived) => void,
): Promise<Subscription> {
  return transport.receive(
    queue,
    (delivery) => {
      void transport.ack(delivery);
      onArrival(arrivedWith(delivery.body.toString(), transport));
    },
    { prefetch: 10 },
  );
}

interface SentEnvelope {
  readonly id: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

function arrivedWith(body: string, transport: ReplyTransport): Arrived {
  const { id, headers } = JSON.parse(body) as SentEnvelope;
  const hops = Number(headers['x-asya-hops'] ?? 0);
  const fanout = headers['x-asya-fanout'];
  const answer = (end: string, payload: string, child: Child = {}): void => {
    const own = { 'x-asya-fanout': child.fanout ?? fanout, 'x-asya-journey-id': 'j' };
    const start = JSON.stringify({ id: child.id ?? id, headers: own }).slice(0, -1);
    transport.sendCopy(String(headers['x-asya-reply-to']), {
      body: Buffer.from(`${start},"payload":${payload}}`),
      headers: { 'asya-end': end },
    });
  };
  return {
    id,
    hops,
    fanout: fanout as object,
    body,
    replyTo: String(headers['x-asya-reply-to']),
    reply: (payload, child) => answer('happy_end', payload, child),
    fail(message, child) {
      const details = { code: 'runtime_error', message, type: 'ValueError', actor: 'infer' };
      answer('error_end', JSON.stringify({ error: message, details }), child);
    },
  };
}
