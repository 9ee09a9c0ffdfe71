import { trace, type Attributes, type Span } from '@opentelemetry/api';
import type { Delivery } from '../src/transport/transport.ts';
import { ATTR } from './attributes.ts';

/** The span that a transport's library opened for a delivery, until the hop takes it, which begins in the same turn. */
export interface Arrivals {
  note(delivery: Delivery): void;
  take(delivery: Delivery): Span | undefined;
}

/**
 * @param instrumented a library opens a span for each delivery and keeps it active in the consumer's callback
 */
export function createArrivals(instrumented: boolean): Arrivals {
  let newest: { readonly delivery: Delivery; readonly span: Span } | undefined;
  return {
    note: (delivery) => {
      const span = instrumented ? trace.getActiveSpan() : undefined;
      // What it stays when no hop takes it.
      span?.updateName(`receive ${delivery.queue}`);
      newest = span && { delivery, span };
    },
    take: (delivery) => {
      const arrival = newest;
      newest = undefined;
      return arrival?.delivery === delivery ? arrival.span : undefined;
    },
  };
}

/** What only the library knows of a delivery, for a span that stands in another trace than the library's own. */
export function placeOf(arrival: Span): Attributes {
  const known = 'attributes' in arrival ? (arrival.attributes as Attributes) : {};
  return Object.fromEntries(
    PLACE.map((name) => [name, known[name]]).filter(([, value]) => value !== undefined),
  );
}

const PLACE = [ATTR.destination, ATTR.routingKey, ATTR.deliveryTag, ATTR.serverAddress, ATTR.serverPort];

/**
 * Takes over a span that an instrumentation opened: it now ends when the returned function is called.
 *
 * The instrumentation ends it too early for us: at the ack, before the hop knows what became of it; at the
 * confirm, although the message was returned as unroutable; at the loss of a channel, although the hop goes on.
 */
export function takeOver(span: Span): () => void {
  const end = span.end.bind(span);
  span.end = () => {};
  return end;
}
