import { randomUUID } from 'node:crypto';

/**
 * The name of a reply queue is `asya:reply:<id>`. No other queue has such a name: the name of an
 * actor contains no colon.
 */
const PREFIX = 'asya:reply:';
/** The longest name of a queue in AMQP. */
const MAX_NAME_BYTES = 255;
const NAME = new RegExp(`^${PREFIX}[\\w.~:@+/=-]{1,${MAX_NAME_BYTES - PREFIX.length}}$`);

/** The rule that `isReplyQueue` checks. */
export const REPLY_QUEUE_RULE = `must be ${PREFIX}<id>, at most ${MAX_NAME_BYTES} bytes, with an id of letters, digits and _.~:@+/=-`;

export function isReplyQueue(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

/** Returns the name of a new reply queue. */
export function createReplyQueueName(): string {
  return `${PREFIX}${randomUUID()}`;
}
