import { foreignHeaders } from '../../transport/message.ts';
import { encodeProperties, type PropertiesJson } from '../../transport/messageProperties.ts';
import type { ReceivedMessage } from '../queue/messageJson.ts';

/** The properties of a message, with its headers as one of them. */
export type ProducerProperties = PropertiesJson & { readonly message_id?: string };

/** The parts of a message that its producer set in addition to the body. */
export type ProducedMessage = Omit<ReceivedMessage, 'body'>;

/**
 * Returns the properties and headers of the original, without those of a sidecar. Undefined when
 * there are none: an error envelope does not contain the properties of an envelope.
 */
export function readProducerProperties(
  produced: ProducedMessage | undefined,
): ProducerProperties | undefined {
  if (produced === undefined) return undefined;
  const { id, properties, headers } = produced;
  // Without properties, a sidecar has published the message, and has chosen its id.
  const all = {
    ...(properties === undefined || id === undefined ? {} : { message_id: id }),
    ...encodeProperties(properties ?? {}, foreignHeaders(headers)),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}
