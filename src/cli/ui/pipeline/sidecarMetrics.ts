import type { Counts } from './counts.ts';
import { readNumber, readSamples, type Sample } from './metricsText.ts';

/** One reading of `/metrics`. */
export interface SidecarMetrics {
  readonly actor: string;
  readonly counts: Counts;
  /** The messages that wait for their next attempt; undefined where the sidecar does not know. */
  readonly retryDepth: number | undefined;
  /** In seconds since the epoch; undefined if the text does not contain it. */
  readonly processStart: number | undefined;
}

/**
 * Reads the metrics that the pipeline shows. Each query counts what a panel of the dashboards
 * counts (`dashboards/`), over the last minute:
 *
 * - `hops`: Fleet, "Hops per second"
 * - `errors`: Fleet, "Error envelopes"
 * - `retries`: Fleet, "Retries"
 * - `sent`: Fleet, the arrows of "Message flow"
 * - `queueWait`: Actor, "Queue wait, p95"; `runtime`: Actor, "Runtime call duration"
 * - `retryDepth`: Fleet, "Messages waiting for a retry"
 *
 * The prefix of the names is any, because `ASYA_METRICS_NAMESPACE` is a setting of each sidecar.
 * @returns undefined if the text is not of a sidecar
 */
export function readSidecarMetrics(text: string): SidecarMetrics | undefined {
  const reading = new Reading();
  for (const sample of readSamples(text, (name) => ruleOf(name) !== undefined)) reading.add(sample);
  return reading.result();
}

type Rule = (reading: Reading, sample: Sample) => void;

/** The rules by the end of the name. */
const RULES: readonly (readonly [suffix: string, rule: Rule])[] = [
  ['_messages_processed_total', (reading, sample) => reading.addHops(sample)],
  ['_messages_failed_total', (reading, { value }) => void (reading.errors += value)],
  ['_retries_total', (reading, { value }) => void (reading.retries += value)],
  ['_messages_sent_total', (reading, sample) => reading.addSent(sample)],
  ['_queue_wait_seconds_bucket', (reading, sample) => addBucket(reading.queueWait, sample)],
  [
    '_runtime_execution_duration_seconds_bucket',
    (reading, sample) => addBucket(reading.runtime, sample),
  ],
  ['_retry_depth', (reading, { value }) => void (reading.retryDepth = value)],
  ['process_start_time_seconds', (reading, { value }) => void (reading.processStart = value)],
];

function ruleOf(name: string): Rule | undefined {
  return RULES.find(([suffix]) => name.endsWith(suffix))?.[1];
}

/** The statuses of hops that have not finished. */
const UNFINISHED = new Set(['retry', 'given_back']);
/** The types of messages from one actor to another one or to an end. */
const FORWARD = new Set(['routing', 'happy_end', 'error_end']);

/** The sums of the samples so far. */
class Reading {
  #actor: string | undefined;
  #hops = 0;
  errors = 0;
  retries = 0;
  retryDepth: number | undefined;
  processStart: number | undefined;
  readonly #sent = new Map<string, number>();
  readonly queueWait = new Map<number, number>();
  readonly runtime = new Map<number, number>();

  /** Adds a sample of the first actor; a sidecar has one. */
  add(sample: Sample): void {
    const actor = sample.labels.get('actor');
    if (actor === undefined || sample.value < 0) return;
    this.#actor ??= actor;
    if (actor === this.#actor) ruleOf(sample.name)?.(this, sample);
  }

  addHops({ labels, value }: Sample): void {
    const status = labels.get('status');
    if (status !== undefined && !UNFINISHED.has(status)) this.#hops += value;
  }

  addSent({ labels, value }: Sample): void {
    const destination = labels.get('destination_queue');
    const type = labels.get('message_type');
    if (destination === undefined || type === undefined || !FORWARD.has(type)) return;
    this.#sent.set(destination, (this.#sent.get(destination) ?? 0) + value);
  }

  result(): SidecarMetrics | undefined {
    if (this.#actor === undefined) return undefined;
    const { errors, retries, queueWait, runtime, retryDepth, processStart } = this;
    const counts = { hops: this.#hops, errors, retries, sent: this.#sent, queueWait, runtime };
    return { actor: this.#actor, counts, retryDepth, processStart };
  }
}

function addBucket(buckets: Map<number, number>, { labels, value }: Sample): void {
  const bound = readNumber(labels.get('le'));
  if (bound !== undefined) buckets.set(bound, (buckets.get(bound) ?? 0) + value);
}
