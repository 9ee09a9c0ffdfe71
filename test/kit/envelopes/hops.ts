import { readHop } from '../../../src/hop/readHop.ts';
import type { Hop } from '../../../src/hop/hop.ts';
import type { Headers } from '../../../src/transport/message.ts';
import type { Delivery } from '../../../src/transport/transport.ts';

/** The parts of a hop that matter to a test; the others have defaults. */
export interface Given {
  readonly actor?: string;
  /** Message headers. */
  readonly headers?: Headers;
  /** Fields that are added to the envelope or replace its defaults. */
  readonly envelope?: object;
  readonly isEnd?: boolean;
}

/** Creates a hop, as a sidecar reads it from a delivery. */
export function hopOf(given: Given = {}): Hop {
  const { actor = 'infer', isEnd = false } = given;
  return readHop(deliveryOf(given), { actor, isEnd, maxNesting: 100 });
}

export function deliveryOf({ actor = 'infer', headers = {}, envelope = {} }: Given = {}): Delivery {
  const body = {
    id: 'env-1',
    route: { actors: [actor], current: 0 },
    payload: { n: 1 },
    ...envelope,
  };
  return {
    id: 'message-1',
    queue: actor,
    body: Buffer.from(JSON.stringify(body)),
    headers,
    redelivered: false,
    unsettled: 0,
    gone: false,
  };
}
