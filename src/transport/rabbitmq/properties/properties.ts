import type { MessageProperties as AmqpProperties, Options } from 'amqplib';
import { pickStandardProperties, splitHeaders } from '../../messageProperties.ts';
import type { Headers, Message, MessageProperties, StructuredValue } from '../../message.ts';

/**
 * Converts message properties between amqplib and the port. Two properties are dropped:
 * `expiration` bypasses the delay of a retry queue, and the broker refuses a `user-id` that is not
 * the connection's own user.
 */

/** Headers that the broker adds to a delivery, and the recipients of further copies. */
const BROKER_HEADERS =
  /^(?:x-(?:first-|last-)?death(?:-.*)?|x-delivery-count|x-acquired-count|CC|BCC)$/;

export interface ReceivedProperties {
  readonly headers: Headers;
  readonly properties: MessageProperties;
}

/** Separates headers from properties, without the headers that the broker has added. */
export function readProperties(received: AmqpProperties): ReceivedProperties {
  const all: Readonly<Record<string, StructuredValue>> = received.headers ?? {};
  const { headers, structuredHeaders } = splitHeaders(all, (name) => !BROKER_HEADERS.test(name));
  const properties = pickStandardProperties(received);
  return {
    headers,
    properties: structuredHeaders === undefined ? properties : { ...properties, structuredHeaders },
  };
}

/**
 * Returns the options of one publish. `headers` is a new object each time: amqplib and its
 * instrumentation add fields to it.
 */
export function publishOptions(
  { headers, properties }: Pick<Message, 'headers' | 'properties'>,
  messageId: string,
): Options.Publish {
  const common = { messageId, persistent: true, mandatory: true };
  if (properties === undefined) {
    return { ...common, contentType: 'application/json', headers: { ...headers } };
  }
  const { structuredHeaders, ...standard } = properties;
  return { ...common, ...standard, headers: { ...structuredHeaders, ...headers } };
}
