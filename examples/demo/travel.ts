import { setTimeout as sleep } from 'node:timers/promises';
import { readEnvelope } from '../../src/envelope.ts';
import { openSender } from './broker.ts';
import type { Parcel } from './kinds.ts';
import type { Arrival, End, Ledger } from './ledger.ts';
import type { Place } from './place.ts';
import type { Processes } from './processes.ts';
import { createProgress, type Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

export interface Journey {
  readonly place: Place;
  readonly processes: Processes;
  readonly ledger: Ledger;
  readonly terminal: Terminal;
}

/** When nothing has arrived for so long, what is missing is lost. */
const PATIENCE_MS = 15_000;
const POLL_MS = 50;
const MAX_UNCONFIRMED = 64;

/** Starts the processes, sends everything, and waits until it has arrived, or nothing arrives any more. */
export async function travel(parcels: readonly Parcel[], journey: Journey): Promise<void> {
  const { place, processes, ledger, terminal } = journey;
  const start = performance.now();
  terminal.status('  starting a sidecar and a runtime for each actor …');
  await processes.start((end, body) => ledger.arrive(readArrival(end, body)));
  terminal.print(`  every sidecar is ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);

  for (const parcel of parcels) ledger.send(parcel);
  const progress = createProgress(terminal, 'envelopes have arrived');
  await Promise.all([sendAll(parcels, place), untilArrived(ledger, progress)]);
  progress.end();
}

async function sendAll(parcels: readonly Parcel[], place: Place): Promise<void> {
  const sender = await openSender(place);
  const queue = parcels.values();
  const sendNext = async (): Promise<void> => {
    for (const { body } of queue) await sender.send(body);
  };
  try {
    await Promise.all(Array.from({ length: MAX_UNCONFIRMED }, sendNext));
  } finally {
    await sender.close();
  }
}

async function untilArrived(ledger: Ledger, progress: Progress): Promise<void> {
  let before = -1;
  let since = performance.now();
  for (;;) {
    const { arrived, expected } = ledger.progress();
    progress.update(arrived, expected);
    if (arrived !== before) since = performance.now();
    before = arrived;
    if (arrived === expected || performance.now() - since > PATIENCE_MS) return;
    await sleep(POLL_MS);
  }
}

function readArrival(end: End, body: Buffer): Arrival {
  const { id, headers } = readEnvelope(body, { maxNesting: 10_000, atEnd: true });
  return { end, id, fanout: headers.fanout };
}
