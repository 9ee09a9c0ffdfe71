import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the demo was asked to do. */
export interface Options {
  /** How many envelopes are sent. */
  readonly count: number;
  readonly broker: Broker;
  /** The file that the traces are written to. */
  readonly traceFile: string;
  readonly help: boolean;
}

/** What carries the envelopes: a file, or a RabbitMQ. */
export type Broker =
  | { readonly transport: 'sqlite' }
  | { readonly transport: 'rabbitmq'; readonly url: string };

export const USAGE = `Runs a pipeline of three actors as real processes, sends envelopes through it, and counts what arrives.

  npm run demo                                          on SQLite, needs nothing
  npm run demo -- --count 500                           so many envelopes (default 100)
  npm run demo -- --transport rabbitmq --url amqp://…   on a broker, with queues of its own
  npm run demo -- --traces FILE                         where the traces go (default traces.otlp.jsonl)
`;

/** @throws {Error} naming the option and the rule */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      count: { type: 'string', default: '100' },
      transport: { type: 'string', default: 'sqlite' },
      url: { type: 'string' },
      traces: { type: 'string', default: 'traces.otlp.jsonl' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > 100_000) {
    throw new Error(`--count must be an integer from 1 to 100000, it is "${values.count}"`);
  }
  return {
    count,
    broker: readBroker(values.transport, values.url),
    traceFile: resolve(values.traces),
    help: values.help,
  };
}

function readBroker(transport: string, url: string | undefined): Broker {
  switch (transport) {
    case 'sqlite':
      if (url !== undefined) throw new Error('--url is for --transport rabbitmq');
      return { transport };
    case 'rabbitmq':
      if (url === undefined) throw new Error('--transport rabbitmq needs --url amqp://…');
      return { transport, url };
    default:
      throw new Error(`--transport must be sqlite or rabbitmq, it is "${transport}"`);
  }
}
