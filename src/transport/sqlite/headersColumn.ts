import type { Headers, Message, MessageProperties } from '../message.ts';
import { decodeProperties, encodeProperties } from '../messageProperties.ts';

/**
 * The key of the message's properties in the column `headers`, which otherwise holds the headers as
 * JSON. An earlier version reads the key as one more header and keeps it on a retry.
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

/** Decodes the text that `encodeHeaders` wrote. */
export function decodeHeaders(text: string): {
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
} {
  const stored = JSON.parse(text) as Headers & { readonly [PROPERTIES]?: unknown };
  if (stored[PROPERTIES] === undefined) return { headers: stored, properties: undefined };
  const { [PROPERTIES]: properties, ...headers } = stored;
  return { headers, properties: decodeProperties(properties).properties };
}
