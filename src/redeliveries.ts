import { createHash } from 'node:crypto';
import type { Hop, Layer, Outcome, Settled, Work } from './hop.ts';
import { Roll } from './roll.ts';
import type { Settle } from './settle.ts';

/**
 * A reply is never asked for twice. When the connection is lost during a hop, the broker delivers the message
 * again while the hop still runs here: the new delivery *joins* the running hop, waits for what becomes of it, and
 * is settled the same way. Of what was settled within the newest thousand hops only the result is remembered. Hops
 * whose delivery is gone are kept up to a thousand, or 64 MiB of what they received.
 *
 * Redeliveries are rare, so they are looked for one by one, and nothing is kept in order for them.
 */
export function joinRedeliveries(settle: Settle): Layer<Work> {
  const running = new Roll<Running>();
  /** A ring. */
  const settled: Done[] = [];
  let settledCount = 0;

  async function join(hop: Hop, earlier: Promise<Settled> | Settled): Promise<Settled> {
    const result = await earlier;
    return { ...(await settle(hop, likewise(result))), ...result, reused: true };
  }

  async function start(source: Source, hop: Hop, next: Work): Promise<Settled> {
    const entry: Running = { source, hop, settled: next(hop) };
    const place = running.add(entry);
    if (hop.delivery.redelivered) abandonSurplus(running);
    try {
      const result = await entry.settled;
      if (result.name !== 'give_back') settled[settledCount++ % REMEMBERED] = { source, result };
      return result;
    } finally {
      running.remove(place);
    }
  }

  function earlierOf(source: Source): Promise<Settled> | Settled | undefined {
    for (const { value: entry } of running) {
      if (entry.hop.delivery.gone && isSame(entry.source, source)) return entry.settled;
    }
    return settled.find((it) => isSame(it.source, source))?.result;
  }

  return (next) => (hop) => {
    const source = sourceOf(hop);
    const earlier = hop.delivery.redelivered ? earlierOf(source) : undefined;
    return earlier === undefined ? start(source, hop, next) : join(hop, earlier);
  };
}

/** The same for every delivery of one publish; the envelope's own marks guard against reused message ids. */
interface Source {
  readonly message: string;
  readonly envelopeId: string;
  readonly hops: number;
  readonly attempt: number;
  readonly forward: string | undefined;
  readonly sizeBytes: number;
}

interface Running {
  readonly source: Source;
  readonly hop: Hop;
  readonly settled: Promise<Settled>;
}

interface Done {
  readonly source: Source;
  readonly result: Settled;
}

const REMEMBERED = 1_000;
const MAX_ORPHANS = 1_000;
const MAX_ORPHAN_BYTES = 64 * 1024 * 1024;

function sourceOf({ delivery, envelope, attempt, forward }: Hop): Source {
  return {
    message: delivery.id ?? createHash('sha256').update(delivery.body).digest('base64'),
    envelopeId: envelope.id,
    hops: envelope.headers.hops,
    attempt,
    forward,
    sizeBytes: delivery.body.length,
  };
}

function isSame(one: Source, other: Source): boolean {
  return (
    one.message === other.message &&
    one.envelopeId === other.envelopeId &&
    one.hops === other.hops &&
    one.attempt === other.attempt &&
    one.forward === other.forward &&
    one.sizeBytes === other.sizeBytes
  );
}

/** Lets go of the oldest hops whose delivery is gone, where there are too many to keep. */
function abandonSurplus(running: Roll<Running>): void {
  let orphans = 0;
  let sizeBytes = 0;
  for (const place of [...running].toReversed()) {
    const { hop } = place.value;
    if (!hop.delivery.gone) continue;
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
