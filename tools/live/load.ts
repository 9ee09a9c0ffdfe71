import type { Headers } from '../../src/transport/message.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { Behaviour, Task } from './runtimes.ts';

/** Sends envelopes whose payloads determine how the runtimes behave. */
export interface Load {
  /** Sends ten envelopes per second until `stop` is called. */
  start(): void;
  stop(): void;
  /**
   * Sends one envelope to the first actor of its route; the default route is infer. Resolves with
   * the id of the envelope.
   */
  send(behaviour: Behaviour, options?: Partial<SendOptions>): Promise<string>;
  /** Sends a body to infer that need not be an envelope. */
  sendBytes(body: string, messageHeaders?: Headers): Promise<void>;
}

export interface SendOptions extends Omit<Task, 'id' | 'behaviour'> {
  readonly route: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
  /** The headers of the message, in addition to the time of its publish. */
  readonly messageHeaders: Headers;
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

  const sendTo = (actor: string, body: string, headers: Headers = {}): Promise<void> =>
    transport.send(actor, {
      body: Buffer.from(body),
      headers: { 'asya-published-at': Date.now(), ...headers },
    });

  async function send(
    behaviour: Behaviour,
    { route = ['infer'], headers = {}, messageHeaders, ...more }: Partial<SendOptions> = {},
  ): Promise<string> {
    const id = `env-${++sent}`;
    const payload = { id, behaviour, takesMs: 5, ...more };
    const envelope = { id, route: { actors: route, current: 0 }, headers, payload };
    await sendTo(route[0] ?? 'infer', JSON.stringify(envelope), messageHeaders);
    return id;
  }

  function sendNext(): void {
    const takesMs = 10 + (sent % 10) ** 2;
    const behaviour = SPECIAL[sent % PERIOD] ?? 'work';
    // The scenario disconnects and blocks the broker; envelopes that fail then are not needed.
    send(behaviour, { route: ['prep', 'infer'], takesMs }).catch(() => {});
  }

  return {
    start() {
      timer = setInterval(sendNext, INTERVAL_MS);
    },
    stop: () => clearInterval(timer),
    send,
    sendBytes: (body, messageHeaders) => sendTo('infer', body, messageHeaders),
  };
}
