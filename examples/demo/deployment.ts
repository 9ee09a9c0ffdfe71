import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PIPELINE } from '../pipeline/actors.ts';
import type { Options } from './options.ts';

/** The names and settings of one run of the demo. Actors have unique names on a shared broker. */
export interface Deployment {
  /** The temporary folder for sockets and queues. */
  readonly folder: string;
  /** The actors of the pipeline, in the order of the route. */
  readonly route: readonly string[];
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** All actors with a queue: the pipeline and both ends. */
  readonly actors: readonly string[];
  /** Returns the unique name of an actor of the pipeline. */
  actorName(name: string): string;
  /** Replaces the unique names in a text with the short ones. */
  shorten(text: string): string;
  /** Returns the environment of an actor's sidecar. */
  environment(actor: string): Readonly<Record<string, string>>;
  /** Returns the folder of the socket between an actor's sidecar and its runtime. */
  socketDir(actor: string): string;
}

/** Short delays, so that the demo ends soon. */
const RETRIES = { ASYA_RETRY_MAX_ATTEMPTS: '3', ASYA_RETRY_BACKOFF: '200ms,500ms' };

export function createDeployment({ broker, traceFile }: Options): Deployment {
  const run = randomBytes(3).toString('hex');
  const folder = join(tmpdir(), `asya-demo-${run}`);
  const prefix = broker.transport === 'sqlite' ? '' : `demo-${run}.`;
  const actorName = (name: string): string => `${prefix}${name}`;
  const shorten = (text: string): string => text.replaceAll(prefix, '');
  const socketDir = (actor: string): string => `${folder}/${shorten(actor)}`;
  const route = PIPELINE.map(({ name }) => actorName(name));
  const [happyEnd, errorEnd] = [actorName('happy-end'), actorName('error-end')];
  const transport =
    broker.transport === 'sqlite'
      ? { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: `${folder}/queues.sqlite` }
      : {
          ASYA_TRANSPORT: 'rabbitmq',
          ASYA_RABBITMQ_URL: broker.url,
          ASYA_RABBITMQ_EXCHANGE: actorName('asya'),
        };
  return {
    folder,
    route,
    happyEnd,
    errorEnd,
    actors: [...route, happyEnd, errorEnd],
    actorName,
    shorten,
    socketDir,
    environment: (actor) => ({
      ...transport,
      ...RETRIES,
      ASYA_ACTOR_NAME: actor,
      ASYA_ACTOR_HAPPY_END: happyEnd,
      ASYA_ACTOR_ERROR_END: errorEnd,
      ASYA_SOCKET_DIR: socketDir(actor),
      ASYA_METRICS_ADDR: '127.0.0.1:0',
      ASYA_SHUTDOWN_TIMEOUT: '5s',
      ASYA_LOG_FORMAT: 'json',
      ASYA_TRACE_FILE: traceFile,
    }),
  };
}
