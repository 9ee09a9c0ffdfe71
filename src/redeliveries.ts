import { createHash } from 'node:crypto';
import type { Hop, Layer, Outcome, Settled, Work } from './hop.ts';
import type { Settle } from './settle.ts';

/**
 * A reply is never asked for twice. When the connection is lost during a hop, the broker delivers the message
 * again while the hop still runs here: the new delivery *joins* the running hop, waits for what becomes of it, and
 * is settled the same way. What was settled within the newest thousand hops is remembered by its key alone. Hops
 * whose delivery is gone are kept up to a thousand, or 64 MiB of what they received.
 */
export function joinRedeliveries(settle: Settle): Layer<Work> {
  const running = new Map<string, Running>();
  const settled = new Map<string, Settled>();

  async function join(hop: Hop, earlier: Promise<Settled> | Settled): Promise<Settled> {
    const result = await earlier;
    return { ...(await settle(hop, likewise(result))), ...result, reused: true };
  }

  async function start(key: string, hop: Hop, next: Work): Promise<Settled> {
    const entry: Running = { hop, settled: next(hop) };
    running.set(key, entry);
    if (hop.delivery.redelivered) abandonSurplus(running);
    try {
      const result = await entry.settled;
      if (result.name !== 'give_back') remember(settled, key, result);
      return result;
    } finally {
      if (running.get(key) === entry) running.delete(key);
    }
  }

  return (next) => (hop) => {
    const key = keyOf(hop);
    if (hop.delivery.redelivered) {
      const earlier = running.get(key);
      if (earlier?.hop.delivery.gone === true) return join(hop, earlier.settled);
      const result = settled.get(key);
      if (result !== undefined) return join(hop, result);
    }
    return start(key, hop, next);
  };
}

interface Running {
  readonly hop: Hop;
  readonly settled: Promise<Settled>;
}

const MAX_REMEMBERED = 1_000;
const MAX_ORPHANS = 1_000;
const MAX_ORPHAN_BYTES = 64 * 1024 * 1024;

/** Lets go of the oldest hops whose delivery is gone, where there are too many to keep. */
function abandonSurplus(running: Map<string, Running>): void {
  let orphans = 0;
  let sizeBytes = 0;
  for (const [key, { hop }] of [...running].toReversed()) {
    if (!hop.delivery.gone) continue;
    orphans++;
    sizeBytes += hop.delivery.body.length;
    if (orphans <= MAX_ORPHANS && sizeBytes <= MAX_ORPHAN_BYTES) continue;
    hop.abandoned = true;
    running.delete(key);
  }
}

function remember(settled: Map<string, Settled>, key: string, result: Settled): void {
  settled.delete(key);
  settled.set(key, result);
  for (const oldest of settled.keys()) {
    if (settled.size <= MAX_REMEMBERED) break;
    settled.delete(oldest);
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

/** The same for every delivery of one publish; the envelope's own marks guard against reused message ids. */
function keyOf({ delivery, envelope, attempt, forward }: Hop): string {
  const message = delivery.id ?? createHash('sha256').update(delivery.body).digest('base64');
  return JSON.stringify([
    message,
    attempt,
    forward,
    envelope.id,
    envelope.headers.hops,
    delivery.body.length,
  ]);
}
