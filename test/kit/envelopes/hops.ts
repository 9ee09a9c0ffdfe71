import { readHop } from '../../../src/hop/readHop.ts';
import type { Hop } from '../../../src/hop/hop.ts';
import type { Headers } from '../../../src/transport/message.ts';
import type { Delivery } from '../../../src/transport/transport.ts';

export interface Given {
  readonly actor?: string;
  /** The transport's headers. */
  readonly headers?: Headers;
  /** Of the envelope, beside what it must have. */
  readonly envelope?: object;
  readonly isEnd?: boolean;
}

/** A hop as the edge of a sidecar reads it. */
export function hopOf(given: Given = {}): Hop {
  const { actor = 'infer', isEnd = false } = given;
  return readHop(deliveryOf(given), { actor, isEnd, maxNesting: 100 });
}

export function deliveryOf({ actor = 'infer', headers = {}, envelope = {} }: Given = {}): Delivery {
  const whole = {
    id: 'env-1',
    route: { actors: [actor], current: 0 },
    payload: { n: 1 },
    ...envelope,
  };
  return {
    id: 'message-1',
    queue: actor,
    body: Buffer.from(JSON.stringify(whole)),
    headers,
    redelivered: false,
    unsettled: 0,
    gone: false,
  };
}
