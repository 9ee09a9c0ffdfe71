/**
 * Every name that a span carries, once. `messaging.*` is still in development in the conventions,
 * so a change of theirs is a change of this file and of nothing else.
 */

/** The version of the semantic conventions that the names below are taken from. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0';

/** What spans, metrics and log records are made by. */
export const SCOPE = 'asya-sidecar';

/** Of the semantic conventions. */
export const ATTR = {
  system: 'messaging.system',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  messageId: 'messaging.message.id',
  routingKey: 'messaging.rabbitmq.destination.routing_key',
  deliveryTag: 'messaging.rabbitmq.message.delivery_tag',
  errorType: 'error.type',
  networkTransport: 'network.transport',
  serverAddress: 'server.address',
  serverPort: 'server.port',
} as const;

/** As the conventions for RabbitMQ name a destination: empty and repeated parts are left out. */
export function destinationOf(...parts: readonly string[]): string {
  return [...new Set(parts)].filter((part) => part !== '').join(':');
}

/** Our own. */
export const ASYA = {
  journeyId: 'asya.journey.id',
  /** At an end, in seconds since the journey began. */
  journeyDuration: 'asya.journey.duration',
  /** At an end, the hops made before it. */
  journeyHops: 'asya.journey.hops',
  envelopeId: 'asya.envelope.id',
  parentId: 'asya.envelope.parent_id',
  actor: 'asya.actor',
  routeCurrent: 'asya.route.current',
  routeLength: 'asya.route.length',
  attempt: 'asya.attempt',
  outcome: 'asya.outcome',
  reused: 'asya.reply.reused',
  fanoutSize: 'asya.fanout.size',
  end: 'asya.end',
  dispatchKind: 'asya.dispatch.kind',
  runtimeProtocol: 'asya.runtime.protocol',
  requestSize: 'asya.runtime.request.size',
  replySize: 'asya.runtime.reply.size',
  /** On a link: why a trace was begun although there was one. */
  link: 'asya.link',
} as const;

/** Why a hop begins a trace of its own, linked to the one it comes from. */
export type LinkReason = 'replay' | 'stale' | 'fanout';

/**
 * What the conventions call the log record of an exception that a message met while it was
 * processed.
 */
export const EXCEPTION_EVENT = 'messaging.process.exception';
