import type { Layer } from '../../compose.ts';
import type { Hop, HopProcessor, Settled } from '../../hop/hop.ts';
import { LinkedList } from '../../linkedList.ts';
import { createIdentify, type Identify } from '../../transport/message.ts';
import type { Delivery } from '../../transport/transport.ts';
import { MIB } from '../../units.ts';
import type { Health } from '../health.ts';
import type { Settle } from '../settle.ts';

/**
 * Calls the runtime once for each message, even if the broker delivers the message again. When a
 * connection is lost during a hop, the broker redelivers the message while its hop still runs. The
 * redelivery joins the running hop, waits for its result, and is settled in the same way.
 *
 * The results of the last 1,000 settled hops are kept. Of the running hops without a valid
 * delivery, at most 1,000 are kept, with at most 64 MiB of received bytes. Redeliveries are rare,
 * so that a linear search finds their hop and no hop is indexed.
 */
export function joinRedeliveries(
  settle: Settle,
  health: Pick<Health, 'joined'>,
): Layer<HopProcessor> {
  const identify = createIdentify();
  const running = new LinkedList<RunningHop>();
  /** A ring buffer. */
  const finished: FinishedHop[] = [];
  let finishedCount = 0;

  function process(hop: Hop, next: HopProcessor): Promise<Settled> {
    if (!hop.delivery.redelivered) return start(hop, next);
    const identity = identify(hop.delivery);
    for (const { value: entry } of running) {
      if (mayBeRedelivered(entry.newest) && entry.identity === identity) {
        return join(hop, entry, next);
      }
    }
    const earlier = finished.find((it) => it.identity === identity);
    return earlier === undefined ? start(hop, next) : settleLike(hop, earlier.result);
  }

  async function join(hop: Hop, entry: RunningHop, next: HopProcessor): Promise<Settled> {
    const { delivery } = hop;
    entry.newest = delivery;
    let result: Settled;
    health.joined++;
    try {
      result = await entry.settled;
    } catch (error) {
      if (delivery.gone) throw error;
      return start(hop, next);
    } finally {
      health.joined--;
    }
    return settleLike(hop, result);
  }

  /** The dispatches of the message are sent already. */
  async function settleLike(hop: Hop, result: Settled): Promise<Settled> {
    if (result.giveBack === undefined) await settle.ack(hop);
    else await settle.giveBack(hop, result.giveBack);
    return { ...result, reused: true };
  }

  async function start(hop: Hop, next: HopProcessor): Promise<Settled> {
    const entry = new RunningHop(hop, next, identify);
    const node = running.add(entry);
    if (hop.delivery.redelivered) abandonSurplus(running);
    try {
      const result = await entry.settled;
      if (result.name !== 'give_back') {
        finished[finishedCount++ % MAX_FINISHED] = { identity: entry.identity, result };
      }
      return result;
    } finally {
      running.remove(node);
    }
  }

  return (next) => (hop) => process(hop, next);
}

class RunningHop {
  readonly settled: Promise<Settled>;
  readonly first: Delivery;
  /** The delivery that settles the hop. The broker redelivers the message when this one is gone. */
  newest: Delivery;
  readonly #identify: Identify;
  #identity: string | undefined;
  #isAbandoned = false;

  constructor(hop: Hop, process: HopProcessor, identify: Identify) {
    this.first = hop.delivery;
    this.newest = hop.delivery;
    this.#identify = identify;
    this.settled = process({ ...hop, isAbandoned: () => this.#isAbandoned });
  }

  get identity(): string {
    return (this.#identity ??= this.#identify(this.first));
  }

  /** Ends the hop unsettled. */
  abandon(): void {
    this.#isAbandoned = true;
  }
}

function mayBeRedelivered({ gone, cancelled = false }: Delivery): boolean {
  return gone || cancelled;
}

interface FinishedHop {
  readonly identity: string;
  readonly result: Settled;
}

const MAX_FINISHED = 1_000;
const MAX_ORPHANS = 1_000;
const MAX_ORPHAN_BYTES = 64 * MIB;

/** Abandons the oldest hops without a valid delivery when there are too many. */
function abandonSurplus(running: LinkedList<RunningHop>): void {
  let orphans = 0;
  let sizeBytes = 0;
  for (const node of [...running].toReversed()) {
    const { first, newest } = node.value;
    if (!newest.gone) continue;
    orphans++;
    sizeBytes += first.body.length;
    if (orphans <= MAX_ORPHANS && sizeBytes <= MAX_ORPHAN_BYTES) continue;
    node.value.abandon();
    running.remove(node);
  }
}
