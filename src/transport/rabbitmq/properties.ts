import type { MessageProperties, Options } from 'amqplib';
import type { Headers } from '../transport.ts';

/**
 * What is kept of a received message beside the headers that the port knows: a retry is a new publish of the
 * body, and carries on what its sender has said of it. Not `expiration`, which would bypass the retry queue's
 * delay, and not `user-id`, since another's closes the channel.
 */
export interface Carried {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly type?: string;
  readonly timestamp?: number;
  /** Headers that are no text, number or boolean. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

const TEXTS = ['contentType', 'contentEncoding', 'correlationId', 'replyTo', 'type'] as const;

// What the broker writes about one stay in one queue, and who else was to get a copy.
const BROKERS_OWN = /^(?:x-(?:first-|last-)?death(?:-.*)?|x-delivery-count|x-acquired-count|CC|BCC)$/;

export interface Received {
  readonly headers: Headers;
  readonly carried: Carried;
}

/** Takes a received message's properties apart. */
export function readProperties(properties: MessageProperties): Received {
  const scalars: Record<string, string | number | boolean> = {};
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties.headers ?? {}) as [string, unknown][]) {
    if (BROKERS_OWN.test(name)) continue;
    if (isScalar(value)) scalars[name] = value;
    else others[name] = value;
  }
  return { headers: scalars, carried: readCarried(properties, others) };
}

/** The options of a publish. The headers are a fresh object: amqplib's instrumentation writes into it. */
export function writeProperties(headers: Headers, carried: unknown, messageId: string): Options.Publish {
  const { headers: others, ...properties } = isCarried(carried) ? carried : FRESH;
  return { ...properties, headers: { ...others, ...headers }, messageId, persistent: true, mandatory: true };
}

/** The same with nothing that a stranger chose: for what cannot be encoded otherwise. */
export function writeOwnProperties(headers: Headers, messageId: string): Options.Publish {
  const own = Object.entries(headers).filter(([name]) => name.startsWith('asya-'));
  return writeProperties(Object.fromEntries(own), undefined, messageId);
}

const FRESH: Carried = { contentType: 'application/json' };

function readCarried(properties: MessageProperties, headers: Record<string, unknown>): Carried {
  const texts = TEXTS.map((name) => [name, properties[name] as unknown] as const).filter(
    ([, value]) => typeof value === 'string',
  );
  const timestamp: unknown = properties.timestamp;
  return {
    ...(Object.fromEntries(texts) as Record<string, string>),
    ...(typeof timestamp === 'number' ? { timestamp } : {}),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

// It was made by `readCarried`: nobody else puts anything there.
function isCarried(value: unknown): value is Carried {
  return typeof value === 'object' && value !== null;
}
