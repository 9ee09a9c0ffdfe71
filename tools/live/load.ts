import type { Transport } from '../../src/transport/transport.ts';
import type { Behaviour, Task } from './runtimes.ts';

/** Sends envelopes whose payloads determine how the runtimes behave. */
export interface Load {
  /** Sends ten envelopes per second until `stop` is called. */
  start(): void;
  stop(): void;
  /** Sends one envelope to the first actor of its route; the default route is infer. */
  send(behaviour: Behaviour, options?: Partial<SendOptions>): Promise<void>;
  /** Sends a body to infer that need not be an envelope. */
  sendBytes(body: string): Promise<void>;
}

interface SendOptions extends Omit<Task, 'id' | 'behaviour'> {
  readonly route: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
}

const INTERVAL_MS = 100;
/** Every 20th envelope shows each of the special behaviours. */
const PERIOD = 20;
const SPECIAL: Readonly<Record<number, Behaviour>> = {
  3: 'fan out',
  8: 'return nothing',
  13: 'fail once',
  18: 'request a delay',
};

export function createLoad(transport: Transport): Load {
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;

  const sendTo = (actor: string, body: string): Promise<void> =>
    transport.send(actor, {
      body: Buffer.from(body),
      headers: { 'asya-published-at': Date.now() },
    });

  function encode(
    behaviour: Behaviour,
    { route = ['infer'], headers = {}, ...more }: Partial<SendOptions>,
  ): string {
    const id = `env-${++sent}`;
    const payload = { id, behaviour, takesMs: 5, ...more };
    return JSON.stringify({ id, route: { actors: route, current: 0 }, headers, payload });
  }

  function sendNext(): void {
    const takesMs = 10 + (sent % 10) ** 2;
    const behaviour = SPECIAL[sent % PERIOD] ?? 'work';
    // The scenario disconnects and blocks the broker; envelopes that fail then are not needed.
    sendTo('prep', encode(behaviour, { route: ['prep', 'infer'], takesMs })).catch(() => {});
  }

  return {
    start() {
      timer = setInterval(sendNext, INTERVAL_MS);
    },
    stop: () => clearInterval(timer),
    send: (behaviour, options = {}) =>
      sendTo(options.route?.[0] ?? 'infer', encode(behaviour, options)),
    sendBytes: (body) => sendTo('infer', body),
  };
}
