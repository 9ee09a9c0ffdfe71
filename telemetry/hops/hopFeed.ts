import { context } from '@opentelemetry/api';
import type { ServerResponse } from 'node:http';
import type { Hop, Settled } from '../../src/hop/hop.ts';
import { KIB, SECOND } from '../../src/units.ts';
import { hopContextOf } from '../context/hopContext.ts';
import type { HopObserver } from '../observers.ts';
import { HopReader } from './hopReader.ts';
import { encodeHopRecord } from './hopRecord.ts';

/** Records are written at most this often, so that many hops cost few system calls. */
const FLUSH_INTERVAL_MS = 50;
const MAX_BATCH_BYTES = 64 * KIB;
/** An envelope's id may be as long as a message. A longer record is dropped for all readers. */
const MAX_RECORD_BYTES = 16 * KIB;
const HEARTBEAT_INTERVAL_MS = 15 * SECOND;
const MAX_READERS = 16;

/** Distributes records of hops to readers. Without readers, a hop costs one check. */
export class HopFeed {
  readonly #actor: string;
  readonly #heartbeatIntervalMs: number;
  readonly #readers = new Set<HopReader>();
  #records: string[] = [];
  #recordBytes = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;

  constructor(actor: string, heartbeatIntervalMs = HEARTBEAT_INTERVAL_MS) {
    this.#actor = actor;
    this.#heartbeatIntervalMs = heartbeatIntervalMs;
  }

  /** Records each settled hop. */
  readonly hops: HopObserver = (hop) => (settled, durationMs) => {
    if (this.#readers.size === 0 || settled === undefined) return;
    this.#add(hop, settled, durationMs);
  };

  get isFull(): boolean {
    return this.#readers.size >= MAX_READERS;
  }

  /** Writes records to a response until one of its sides ends it. */
  addReader(response: ServerResponse): void {
    const reader = new HopReader(response);
    this.#flush(); // The hops so far ended before this reader came.
    this.#readers.add(reader);
    this.#heartbeatTimer ??= setInterval(() => this.#sendHeartbeats(), this.#heartbeatIntervalMs);
    response.on('close', () => this.#remove(reader));
  }

  /** Writes the last records and ends all responses. */
  close(): void {
    this.#flush();
    for (const reader of this.#readers) {
      reader.end();
      this.#remove(reader);
    }
  }

  #add(hop: Hop, settled: Settled, durationMs: number): void {
    if (hop.envelope.id.length > MAX_RECORD_BYTES) return this.#dropOne();
    const current = hopContextOf(context.active());
    const record = encodeHopRecord(hop, settled, durationMs, { actor: this.#actor, current });
    const bytes = Buffer.byteLength(record);
    if (bytes > MAX_RECORD_BYTES) return this.#dropOne();
    this.#records.push(record);
    this.#recordBytes += bytes;
    if (this.#recordBytes >= MAX_BATCH_BYTES) this.#flush();
    else this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_INTERVAL_MS);
  }

  #dropOne(): void {
    for (const reader of this.#readers) reader.drop(1);
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    if (this.#records.length === 0) return;
    const batch = { bytes: Buffer.from(this.#records.join('')), hops: this.#records.length };
    this.#records = [];
    this.#recordBytes = 0;
    for (const reader of this.#readers) reader.send(batch);
  }

  #sendHeartbeats(): void {
    for (const reader of this.#readers) reader.sendHeartbeat();
  }

  #remove(reader: HopReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    clearInterval(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
  }
}
