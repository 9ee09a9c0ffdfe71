import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAddress } from '../../src/config/formats/address.ts';

/** The options of the demo's command line. */
export interface Options {
  /** Number of envelopes to send. */
  readonly count: number;
  readonly broker: Broker;
  /** The file to which the sidecars write their traces. */
  readonly traceFile: string;
  /** Keeps the pipeline running, and serves the page of `asya-sidecar ui` on it. */
  readonly ui: boolean;
  /** The `--listen` of the page; undefined for its default. */
  readonly listen: string | undefined;
  readonly help: boolean;
}

/** The broker between the actors: a SQLite file, or a RabbitMQ server. */
export type Broker =
  | { readonly transport: 'sqlite' }
  | { readonly transport: 'rabbitmq'; readonly url: string };

export const USAGE = `usage: npm run demo -- [--count N] [--transport rabbitmq --url URL]
                       [--traces FILE]
                       [--ui [--listen ADDRESS]]

Starts a pipeline of three actors, sends envelopes through it, and counts the
envelopes that arrive. Without options, the demo needs no broker. With --ui, the
pipeline keeps running, and a page in the browser shows it.

options:
  --count N             Number of envelopes, from 1 to 100000. Default: 100.
  --transport rabbitmq  Uses a RabbitMQ server, with queues that are deleted at
                        the end. Default: sqlite, a temporary file.
  --url URL             The server, as amqp://user:password@host.
  --traces FILE         The file for the traces. Default: traces.otlp.jsonl.
  --ui                  Sends a slow stream of envelopes until Ctrl-C, and serves
                        the page of "asya-sidecar ui" on the pipeline.
  --listen ADDRESS      The address of the page. Default: 127.0.0.1:8090.
  -h, --help            Prints this text.
`;

const DEFAULT_COUNT = 100;

/** @throws {Error} naming the option and the rule */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      count: { type: 'string' },
      transport: { type: 'string', default: 'sqlite' },
      url: { type: 'string' },
      traces: { type: 'string', default: 'traces.otlp.jsonl' },
      ui: { type: 'boolean', default: false },
      listen: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.ui && values.count !== undefined) throw new Error('--ui excludes --count');
  const count = Number(values.count ?? DEFAULT_COUNT);
  if (!Number.isInteger(count) || count < 1 || count > 100_000) {
    throw new Error(`--count must be an integer from 1 to 100000, not "${values.count}"`);
  }
  if (values.listen !== undefined) {
    if (!values.ui) throw new Error('--listen requires --ui');
    if (parseAddress(values.listen) === undefined)
      throw new Error(`--listen must be HOST:PORT, not "${values.listen}"`);
  }
  return {
    count,
    broker: readBroker(values.transport, values.url),
    traceFile: resolve(values.traces),
    ui: values.ui,
    listen: values.listen,
    help: values.help,
  };
}

function readBroker(transport: string, url: string | undefined): Broker {
  switch (transport) {
    case 'sqlite':
      if (url !== undefined) throw new Error('--url requires --transport rabbitmq');
      return { transport };
    case 'rabbitmq':
      if (url === undefined) throw new Error('--transport rabbitmq requires --url');
      return { transport, url };
    default:
      throw new Error(`--transport must be sqlite or rabbitmq, not "${transport}"`);
  }
}
