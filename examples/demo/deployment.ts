import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PIPELINE } from '../pipeline/actors.ts';
import type { Options } from './options.ts';

/**
 * Where a run of the demo happens: its folder, its broker, and names that nobody else has there.
 */
export interface Deployment {
  /** For sockets and queues; to be made, and removed in the end. */
  readonly folder: string;
  /** The actors of the pipeline, in the order in which a text visits them. */
  readonly route: readonly string[];
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** Everybody who has a queue. */
  readonly actors: readonly string[];
  /** The name of one of the pipeline's actors on this broker. */
  actor(name: string): string;
  /** A text in which actors are called as people call them. */
  plain(text: string): string;
  /** The environment of an actor's sidecar. */
  environment(actor: string): Readonly<Record<string, string>>;
  /** The folder of the socket between an actor's sidecar and its runtime. */
  socketDir(actor: string): string;
}

/** The demo does not want to wait for the ordinary delays. */
const RETRIES = { ASYA_RETRY_MAX_ATTEMPTS: '3', ASYA_RETRY_BACKOFF: '200ms,500ms' };

export function createDeployment({ broker, traceFile }: Options): Deployment {
  const run = randomBytes(3).toString('hex');
  const folder = join(tmpdir(), `asya-demo-${run}`);
  const prefix = broker.transport === 'sqlite' ? '' : `demo-${run}.`;
  const actor = (name: string): string => `${prefix}${name}`;
  const plain = (text: string): string => text.replaceAll(prefix, '');
  const socketDir = (of: string): string => `${folder}/${plain(of)}`;
  const route = PIPELINE.map(({ name }) => actor(name));
  const [happyEnd, errorEnd] = [actor('happy-end'), actor('error-end')];
  const transport =
    broker.transport === 'sqlite'
      ? { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: `${folder}/queues.sqlite` }
      : {
          ASYA_TRANSPORT: 'rabbitmq',
          ASYA_RABBITMQ_URL: broker.url,
          ASYA_RABBITMQ_EXCHANGE: actor('asya'),
        };
  return {
    folder,
    route,
    happyEnd,
    errorEnd,
    actors: [...route, happyEnd, errorEnd],
    actor,
    plain,
    socketDir,
    environment: (of) => ({
      ...transport,
      ...RETRIES,
      ASYA_ACTOR_NAME: of,
      ASYA_ACTOR_HAPPY_END: happyEnd,
      ASYA_ACTOR_ERROR_END: errorEnd,
      ASYA_SOCKET_DIR: socketDir(of),
      ASYA_METRICS_ADDR: '127.0.0.1:0',
      ASYA_SHUTDOWN_TIMEOUT: '5s',
      ASYA_LOG_FORMAT: 'json',
      ASYA_TRACE_FILE: traceFile,
    }),
  };
}
