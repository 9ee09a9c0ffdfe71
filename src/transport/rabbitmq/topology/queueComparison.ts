import type { ChannelModel } from 'amqplib';
import { replyCodeOf, replyTextOf } from '../connection/reply.ts';
import { withChannel } from '../connection/lifetime.ts';
import type { QueuePlan } from './plan.ts';

/** The result of comparing an existing queue with its plan. */
export type Comparison =
  | { readonly kind: 'equal' }
  /** The existing values of the arguments that differ; undefined for an absent argument. */
  | { readonly kind: 'different'; readonly actual: ReadonlyMap<string, string | undefined> }
  /** The broker refused the comparison. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** The arguments of one attempt to declare the queue; each attempt corrects one of them. */
interface Declaration {
  durable: boolean;
  autoDelete: boolean;
  arguments: Record<string, string | number | boolean>;
}

const MAX_REFUSALS = 20;

/**
 * Compares an existing queue with its plan by declaring it, which does not change an existing
 * queue: the broker accepts the declaration, or refuses it and names the first argument that
 * differs. Each refusal corrects one argument of the next declaration.
 */
export async function compareQueue(connection: ChannelModel, plan: QueuePlan): Promise<Comparison> {
  const actual = new Map<string, string | undefined>();
  const declaration: Declaration = {
    durable: true,
    autoDelete: false,
    arguments: { ...plan.arguments },
  };
  for (let refusals = 0; refusals < MAX_REFUSALS; refusals++) {
    const refusal = await refusalOf(connection, plan.name, declaration);
    if (refusal === undefined) break;
    if (correct(declaration, actual, refusal)) continue;
    if (actual.size === 0) return { kind: 'unknown', reason: replyTextOf(refusal) };
    break;
  }
  return actual.size === 0 ? { kind: 'equal' } : { kind: 'different', actual };
}

/** Returns the type of the existing queue if it differs from the plan. */
export function otherTypeOf(comparison: Comparison): string | undefined {
  return comparison.kind === 'different' ? comparison.actual.get(TYPE) : undefined;
}

/** Returns one sentence for each difference: `x-message-ttl is 500`. */
export function differencesIn(actual: ReadonlyMap<string, string | undefined>): string[] {
  return [...actual].map(
    ([argument, value]) => `${argument} is ${value === undefined ? 'absent' : value}`,
  );
}

/**
 * Corrects the argument that a refusal names. Returns false when the refusal names no argument, or
 * one that was corrected before.
 */
function correct(
  declaration: Declaration,
  actual: Map<string, string | undefined>,
  refusal: unknown,
): boolean {
  const text = replyTextOf(refusal);
  if (replyCodeOf(refusal) !== 406) return false;
  if (text.includes('invalid arg') && !actual.has(TYPE)) {
    // The existing queue is a classic queue, which cannot have the arguments of a quorum queue.
    actual.set(TYPE, 'classic');
    for (const name of QUORUM_ARGUMENTS) delete declaration.arguments[name];
    declaration.arguments[TYPE] = 'classic';
    return true;
  }
  const { argument = '', value, type = '' } = INEQUIVALENT.exec(text)?.groups ?? {};
  // A queue without a type is a classic queue.
  const existing = argument === TYPE ? (value ?? 'classic') : value;
  if (argument === '' || (actual.has(argument) && actual.get(argument) === existing)) return false;
  actual.set(argument, existing);
  if (argument === 'durable') declaration.durable = value === 'true';
  else if (argument === 'auto_delete') declaration.autoDelete = value === 'true';
  else if (value === undefined) delete declaration.arguments[argument];
  else declaration.arguments[argument] = decode(value, type);
  return true;
}

function decode(value: string, type: string): string | number | boolean {
  if (type === 'bool') return value === 'true';
  return type === '' || type === 'longstr' ? value : Number(value);
}

async function refusalOf(
  connection: ChannelModel,
  queue: string,
  declaration: Declaration,
): Promise<unknown> {
  try {
    await withChannel(connection, (channel) => channel.assertQueue(queue, declaration));
    return undefined;
  } catch (error) {
    if (replyCodeOf(error) === undefined) throw error;
    return error;
  }
}

const TYPE = 'x-queue-type';
const QUORUM_ARGUMENTS = ['x-delivery-limit', 'x-dead-letter-strategy'];
// inequivalent arg 'x-message-ttl' for queue … received none but current is the value '5' of type
// 'byte'
const INEQUIVALENT =
  /inequivalent arg '(?<argument>[^']+)'.* but current is (?:none|(?:the value )?'(?<value>.*?)'(?: of type '(?<type>\w+)')?)$/s;
