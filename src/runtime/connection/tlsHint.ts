import { TLS_QUESTION } from '../socket/connectError.ts';
import type { Exchange } from './connection.ts';

/**
 * Adds the likely cause to a crash of a server that has not sent a byte yet: many servers with TLS
 * close a connection on which they receive a request without TLS.
 */
export function suggestTls(exchange: Exchange): Exchange {
  const { reply } = exchange;
  if (reply.kind !== 'failed' || reply.fault.code !== 'runtime_crashed') return exchange;
  const message = `${reply.fault.message}, and it has not sent a byte yet; ${TLS_QUESTION}`;
  return { ...exchange, reply: { ...reply, fault: { ...reply.fault, message } } };
}
