import type { Hop, Outcome, Settled, HopProcessor } from '../hop/hop.ts';
import type { Layer } from '../compose.ts';
import { createIdentify, type Identify } from '../transport/message.ts';
import { LinkedList } from '../linkedList.ts';
import type { Settle } from './settle.ts';
import type { Delivery } from '../transport/transport.ts';

/**
 * Asks for no reply twice. When the connection is lost during a hop, the broker delivers the
 * message again while the hop still runs here: the new delivery *joins* the running hop, waits for
 * its result, and is settled the same way. Of the newest thousand settled hops the identity and the
 * result are kept. Hops whose every delivery is gone are kept up to a thousand, or 64 MiB of
 * received bytes.
 *
 * Redeliveries are rare, so they are looked up one by one, and nothing is indexed for them.
 */
export function joinRedeliveries(settle: Settle): Layer<HopProcessor> {
  const identify = createIdentify();
  const running = new LinkedList<Running>();
  /** A ring. */
  const settled: Done[] = [];
  let settledCount = 0;

  function handle(hop: Hop, next: HopProcessor): Promise<Settled> {
    if (!hop.delivery.redelivered) return start(hop, next);
    const identity = identify(hop.delivery);
    for (const { value: entry } of running) {
      if (mayComeAgain(entry.newest) && entry.identity === identity) return join(hop, entry, next);
    }
    const done = settled.find((it) => it.identity === identity);
    return done === undefined ? start(hop, next) : settleLike(hop, done.result);
  }

  async function join(hop: Hop, entry: Running, next: HopProcessor): Promise<Settled> {
    const { delivery } = hop;
    entry.newest = delivery;
    let result: Settled;
    try {
      result = await entry.settled;
    } catch (error) {
      if (delivery.gone) throw error;
      return start(hop, next);
    }
    return settleLike(hop, result);
  }

  async function settleLike(hop: Hop, result: Settled): Promise<Settled> {
    return { ...(await settle(hop, likewise(result))), ...result, reused: true };
  }

  async function start(hop: Hop, next: HopProcessor): Promise<Settled> {
    const entry = new Running(hop, next(hop), identify);
    const place = running.add(entry);
    if (hop.delivery.redelivered) abandonSurplus(running);
    try {
      const result = await entry.settled;
      if (result.name !== 'give_back') {
        settled[settledCount++ % REMEMBERED] = { identity: entry.identity, result };
      }
      return result;
    } finally {
      running.remove(place);
    }
  }

  return (next) => (hop) => handle(hop, next);
}

/** A hop that is not settled yet. */
class Running {
  readonly hop: Hop;
  readonly settled: Promise<Settled>;
  /**
   * The delivery that settles the hop. The broker delivers the message again only when this one is
   * gone.
   */
  newest: Delivery;
  readonly #identify: Identify;
  #identity: string | undefined;

  constructor(hop: Hop, settled: Promise<Settled>, identify: Identify) {
    this.hop = hop;
    this.settled = settled;
    this.newest = hop.delivery;
    this.#identify = identify;
  }

  get identity(): string {
    return (this.#identity ??= this.#identify(this.hop.delivery));
  }
}

function mayComeAgain({ gone, cancelled = false }: Delivery): boolean {
  return gone || cancelled;
}

interface Done {
  readonly identity: string;
  readonly result: Settled;
}

const REMEMBERED = 1_000;
const MAX_ORPHANS = 1_000;
const MAX_ORPHAN_BYTES = 64 * 1024 * 1024;

/** Abandons the oldest hops whose every delivery is gone, where there are too many to keep. */
function abandonSurplus(running: LinkedList<Running>): void {
  let orphans = 0;
  let sizeBytes = 0;
  for (const place of [...running].toReversed()) {
    const { hop, newest } = place.value;
    if (!newest.gone) continue;
    orphans++;
    sizeBytes += hop.delivery.body.length;
    if (orphans <= MAX_ORPHANS && sizeBytes <= MAX_ORPHAN_BYTES) continue;
    hop.abandoned = true;
    running.remove(place);
  }
}

/** How to settle another delivery of a message whose dispatches are out already. */
function likewise({ name, giveBack }: Settled): Outcome {
  if (giveBack !== undefined) {
    return { kind: 'give_back', reason: giveBack, message: 'an earlier delivery was given back' };
  }
  return {
    kind: 'forward',
    name: name === 'retry' || name === 'give_back' ? 'forward' : name,
    dispatches: [],
  };
}
