/**
 * The form of an actor's name. It contains neither `#` nor `*`, which are wildcards in an AMQP
 * routing key, and is short enough for every broker.
 */
export const ACTOR_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Reports whether a value is a valid actor name. */
export function isActorName(value: unknown): value is string {
  return typeof value === 'string' && ACTOR_NAME.test(value);
}
