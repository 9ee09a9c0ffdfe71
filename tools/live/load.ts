import type { Transport } from '../../src/transport/transport.ts';
import type { Fate, Task } from './runtimes.ts';

/** Sends envelopes on their way, with every fate there is. */
export interface Producer {
  /** Sends ten envelopes a second that end well, until it is stopped. */
  flow(): void;
  stop(): void;
  /** Sends one envelope to the first actor of its route, which is infer. */
  send(fate: Fate, more?: Partial<Sent>): Promise<void>;
  /** Sends what is no envelope, or none for infer. */
  sendBytes(body: string): Promise<void>;
}

interface Sent extends Omit<Task, 'id' | 'fate'> {
  readonly route: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
}

const EVERY_MS = 100;
/** Of so many envelopes that flow, these are not ordinary. */
const ONE_ROUND = 20;
const RARE: Readonly<Record<number, Fate>> = {
  3: 'fan out',
  8: 'answer nothing',
  13: 'fail once',
  18: 'ask for a delay',
};

export function createProducer(transport: Transport): Producer {
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;

  const sendTo = (actor: string, body: string): Promise<void> =>
    transport.send(actor, {
      body: Buffer.from(body),
      headers: { 'asya-published-at': Date.now() },
    });

  function encode(fate: Fate, { route = ['infer'], headers = {}, ...more }: Partial<Sent>): string {
    const id = `env-${++sent}`;
    const payload = { id, fate, takesMs: 5, ...more };
    return JSON.stringify({ id, route: { actors: route, current: 0 }, headers, payload });
  }

  function sendNext(): void {
    const takesMs = 10 + (sent % 10) ** 2;
    const fate = RARE[sent % ONE_ROUND] ?? 'work';
    // The broker is away or blocked at times; what it did not take is not missed.
    sendTo('prep', encode(fate, { route: ['prep', 'infer'], takesMs })).catch(() => {});
  }

  return {
    flow() {
      timer = setInterval(sendNext, EVERY_MS);
    },
    stop: () => clearInterval(timer),
    send: (fate, more = {}) => sendTo(more.route?.[0] ?? 'infer', encode(fate, more)),
    sendBytes: (body) => sendTo('infer', body),
  };
}
