import { HOUR, MINUTE, SECOND } from '../../../../src/units.ts';
import { createLoad, type Load, type SendOptions } from '../../../../tools/live/load.ts';
import type { Behaviour } from '../../../../tools/live/runtimes.ts';
import { digestIdOf } from '../../../kit/envelopes/digestId.ts';
import { runBin } from '../../../kit/processes/sidecarProcess.ts';
import { until } from '../../../kit/processes/until.ts';
import { readSeries, scrape } from '../../../kit/telemetry/scrape.ts';
import type { Backend } from './backend.ts';
import { Producer, type ContextHeaders, type SentJourney } from './producer.ts';
import { BODIES, KINDS } from './sentKinds.ts';
import type { JourneyKind } from './trees.ts';

/** A journey that was sent. */
export interface Journey extends SentJourney {
  readonly kind: JourneyKind;
  /** The number of its envelopes that end: at an end, parked or forwarded. */
  readonly ends: number;
}

const TIMEOUT_MS = MINUTE;
const ENDED = new Set(['end', 'parked', 'forwarded']);

/** Sends journeys of all kinds to sidecars, and waits until they have ended. */
export class Journeys {
  readonly all: Journey[] = [];
  /** The number of journeys that `joinRedeliveries` sends. */
  readonly joined = 4;
  readonly #backend: Backend;
  readonly #load: Load;
  readonly #producer: Producer;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#load = createLoad(backend.producer);
    this.#producer = new Producer(this.#load, backend.jaeger);
  }

  /** @param context by default each of the four in turn */
  async sendEnvelopes(context?: ContextHeaders): Promise<void> {
    for (const [kind, { count, behaviour, options, ends = 1 }] of entriesOf(KINDS)) {
      for (let sent = 0; sent < count; sent++)
        await this.#send(kind, behaviour, options, { ends, context });
    }
    await this.#untilEnded();
    for (const pod of ['infer-1', 'infer-2'] as const)
      this.#backend.runtimes[pod].release('"late"');
  }

  /** Sends messages that are not envelopes, three of each kind. */
  async sendForeignMessages(): Promise<void> {
    for (const [kind, bodyOf] of entriesOf(BODIES)) {
      for (let sent = 0; sent < 3; sent++) {
        const id = `${kind} ${sent}`;
        const body = bodyOf(id);
        await this.#load.sendBytes(body);
        const isNamed = kind === 'message for another actor';
        this.all.push({ kind, id: isNamed ? id : digestIdOf(body), context: 'none', ends: 1 });
      }
    }
    await this.#untilEnded();
  }

  /** Sends messages whose context is older than `ASYA_TRACE_MAX_GAP`. */
  async sendStaleMessages(): Promise<void> {
    for (let sent = 0; sent < 4; sent++) {
      const messageHeaders = { 'asya-published-at': Date.now() - 2 * HOUR };
      const journey = await this.#producer.send('work', { messageHeaders }, 'both');
      this.all.push({ ...journey, kind: 'stale', ends: 1 });
    }
    await this.#untilEnded();
  }

  /** Sends two envelopes that form a batch, of which one kills the runtime. */
  async crashBatches(context?: ContextHeaders): Promise<void> {
    for (let sent = 0; sent < 4; sent++) {
      await this.#send('crash in a batch', 'crash', { route: ['prep'] }, { context });
      await this.#send('neighbour of a crash', 'work', { route: ['prep'] }, { context });
      await this.#untilEnded();
    }
  }

  /** Declares the queue of an actor after envelopes to it were unroutable. */
  async resendForwarded(): Promise<void> {
    const journeys = await this.#sendTogether('forwarded resend', 'work', {
      route: ['infer', 'late'],
    });
    await this.#untilHops(journeys, 'retry');
    await this.#backend.declare('late');
    await this.#untilEnded();
  }

  /** Replays failed messages with the command, while error-end does not consume. */
  async replay(): Promise<void> {
    const { sidecars, runtimes, brokerUrl } = this.#backend;
    await runtimes['error-end'].stop();
    await sidecars['error-end'].logged('runtime unavailable; consuming paused');
    const journeys = await this.#sendTogether('replay', 'reject once');
    await this.#untilHops(journeys, 'error_end');
    const args = journeys.flatMap(({ id }) => ['--journey', id]);
    const { code, err } = await runBin(['errors', 'replay', ...args], {
      ASYA_RABBITMQ_URL: brokerUrl,
    });
    if (code !== 0) throw new Error(`errors replay: ${err}`);
    await runtimes['error-end'].start();
    await this.#untilEnded();
  }

  /** Stops the runtime of a replica until a message arrives before the sidecar notices. */
  async giveBack(): Promise<void> {
    const { runtimes, sidecars } = this.#backend;
    for (let round = 0; round < 10; round++) {
      const sending = this.#sendSome('one hop', 4);
      await runtimes['infer-2'].stop();
      const sent = await sending;
      await this.#untilEnded();
      await runtimes['infer-2'].start();
      await sidecars['infer-2'].ready();
      const givenBack = sent.filter((journey) => this.#hopsOf(journey, 'give_back').length > 0);
      for (const journey of givenBack) {
        this.all.splice(this.all.indexOf(journey), 1, { ...journey, kind: 'give-back' });
      }
      if (givenBack.length > 0) return;
    }
    throw new Error('no message was given back');
  }

  /** Cuts the connection to the broker during calls, which redeliveries then join. */
  async joinRedeliveries(): Promise<void> {
    const { runtimes, sidecars, network } = this.#backend;
    sidecars['infer-2'].kill('SIGTERM');
    await sidecars['infer-2'].ended();
    const { calls } = runtimes['infer-1'];
    const before = calls.length;
    const journeys = await this.#sendSome('joined redelivery', this.joined, { takesMs: SECOND });
    await until(() => calls.length === before + this.joined, 'calls of infer', TIMEOUT_MS);
    await network.down();
    await until(() => this.#holds('infer-1', this.joined), 'held hops of infer', TIMEOUT_MS);
    await network.up();
    // The journeys may end before their messages are delivered again.
    await this.#untilHops(journeys, 'forward', 2);
    await this.#untilEnded();
  }

  /** Sends journeys of one hop until there are `count` in total. */
  async fill(count: number): Promise<void> {
    await this.#sendSome('one hop', count - this.all.length);
    await this.#untilEnded();
  }

  async #sendSome(
    kind: JourneyKind,
    count: number,
    options?: Partial<SendOptions>,
  ): Promise<Journey[]> {
    const journeys: Journey[] = [];
    for (let sent = 0; sent < count; sent++) {
      journeys.push(await this.#send(kind, 'work', options));
    }
    return journeys;
  }

  /** Sends four journeys, without waiting for one before the next. */
  #sendTogether(
    kind: JourneyKind,
    behaviour: Behaviour,
    options?: Partial<SendOptions>,
  ): Promise<Journey[]> {
    const four = Array.from({ length: 4 });
    return Promise.all(four.map(() => this.#send(kind, behaviour, options)));
  }

  async #send(
    kind: JourneyKind,
    behaviour: Behaviour,
    options: Partial<SendOptions> = {},
    { ends = 1, context }: { ends?: number; context?: ContextHeaders | undefined } = {},
  ): Promise<Journey> {
    const sent = await this.#producer.send(behaviour, options, context);
    const journey = { ...sent, kind, ends };
    this.all.push(journey);
    return journey;
  }

  #hopsOf({ id }: Journey, ...outcomes: string[]): unknown[] {
    return this.#backend.hops.filter(
      ({ journey, outcome }) => journey === id && outcomes.includes(outcome),
    );
  }

  async #untilEnded(): Promise<void> {
    const left = (): Journey[] =>
      this.all.filter((journey) => this.#hopsOf(journey, ...ENDED).length < journey.ends);
    await until(() => left().length === 0, 'the ends of all journeys', TIMEOUT_MS).catch(
      (error) => {
        throw new Error(`not ended: ${JSON.stringify(left())}`, { cause: error });
      },
    );
  }

  /** @param count the least number of such hops in each journey, by default 1 */
  async #untilHops(journeys: readonly Journey[], outcome: string, count = 1): Promise<void> {
    const areThere = (): boolean =>
      journeys.every((journey) => this.#hopsOf(journey, outcome).length >= count);
    await until(areThere, `hops with the outcome ${outcome}`, TIMEOUT_MS);
  }

  async #holds(pod: 'infer-1', count: number): Promise<boolean> {
    const series = readSeries(await scrape(`${this.#backend.sidecars[pod].url}/metrics`));
    const held = series.filter(({ name }) => name === 'asya_actor_held');
    return held.reduce((sum, { value }) => sum + value, 0) === count;
  }
}

function entriesOf<K extends string, V>(record: Partial<Readonly<Record<K, V>>>): [K, V][] {
  return Object.entries(record) as [K, V][];
}
