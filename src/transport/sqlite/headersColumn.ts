import { decodeProperties, encodeProperties } from '../messageProperties.ts';
import type { Headers, Message, MessageProperties } from '../message.ts';

/**
 * The column `headers`: headers as JSON, and the message's properties under a name that no header
 * has. An earlier version that reads the row takes them for one more header, and keeps it when the
 * message is tried again.
 */
const PROPERTIES = 'asya-properties';

export function encodeHeaders({
  headers,
  properties,
}: Pick<Message, 'headers' | 'properties'>): string {
  return JSON.stringify(
    properties === undefined ? headers : { ...headers, [PROPERTIES]: encodeProperties(properties) },
  );
}

export function decodeHeaders(text: string): {
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
} {
  // `encodeHeaders` has written it, of these types.
  const stored = JSON.parse(text) as Headers & { readonly [PROPERTIES]?: unknown };
  if (stored[PROPERTIES] === undefined) return { headers: stored, properties: undefined };
  const { [PROPERTIES]: properties, ...headers } = stored;
  return { headers, properties: decodeProperties(properties).properties };
}
