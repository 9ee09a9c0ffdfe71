/**
 * The names of all span attributes. The `messaging.*` conventions are still in development, so that
 * their changes affect only this file.
 */

/** The version of the semantic conventions that defines the names below. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0';

/** The instrumentation scope of spans, metrics and log records. */
export const SCOPE = 'asya-sidecar';

/** Attributes of the semantic conventions. */
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

/**
 * Joins a destination's name as the conventions for RabbitMQ do, without empty and repeated parts.
 */
export function joinDestination(...parts: readonly string[]): string {
  return [...new Set(parts)].filter((part) => part !== '').join(':');
}

/** Attributes of the sidecar. */
export const ASYA = {
  journeyId: 'asya.journey.id',
  /**
   * Set at the end of each hop but the first: seconds since the journey began. A collector that
   * samples by tail finds slow journeys by it, because no span covers the time in a queue.
   */
  journeyAge: 'asya.journey.age',
  /** Set at an end: seconds since the journey began. */
  journeyDuration: 'asya.journey.duration',
  /** Set at an end: the number of hops before it. */
  journeyHops: 'asya.journey.hops',
  envelopeId: 'asya.envelope.id',
  parentId: 'asya.envelope.parent_id',
  actor: 'asya.actor',
  routeCurrent: 'asya.route.current',
  routeLength: 'asya.route.length',
  attempt: 'asya.attempt',
  outcome: 'asya.outcome',
  /** The reason of a give-back, or `probe`. */
  outcomeReason: 'asya.outcome.reason',
  /** Seconds for which the call waited for the rate limit, if it waited. */
  rateLimitWait: 'asya.rate_limit.wait',
  /** Seconds for which the hop waited for its batch and a free slot. */
  batchWait: 'asya.batch.wait',
  /** Set on the calls of a batch of several envelopes. */
  batchSize: 'asya.batch.size',
  /** Set on the call of one envelope after the call of its batch has failed. */
  callAlone: 'asya.call.alone',
  reused: 'asya.reply.reused',
  fanoutSize: 'asya.fanout.size',
  end: 'asya.end',
  dispatchKind: 'asya.dispatch.kind',
  runtimeProtocol: 'asya.runtime.protocol',
  requestSize: 'asya.runtime.request.size',
  replySize: 'asya.runtime.reply.size',
  /** Set on a link: why a new trace was started. */
  link: 'asya.link',
} as const;

/** Why a hop starts a trace that links to the previous one. */
export type LinkReason = 'replay' | 'stale' | 'fanout';

/** The event name of the log record of an exception during processing. */
export const EXCEPTION_EVENT = 'messaging.process.exception';
