import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Adapter, Feature } from './adapter.ts';

const FEATURES: readonly Feature[] = [
  'keeps connections',
  'serves connections concurrently',
  'runs calls concurrently',
  'retries',
  'defers',
  'names error codes',
  'reports base classes',
  'checks results',
  'reports any error',
  'exact integers',
  'generators',
  'passes a context',
  'rejects bad requests',
  'answers health checks',
  'shares the socket',
  'restricts the socket',
  'writes a ready file',
  'finishes calls',
  'removes its files',
];

/** The kit in sdk/python, with a function that runs on threads and with one that runs on a loop. */
export const PYTHON_KIT: readonly Adapter[] = [
  kit('handle', ['payload', 'http', 'envelope']),
  kit('handle_async', ['payload', 'http', 'envelope']),
];

/** The same, with batches. */
export const PYTHON_KIT_BATCHES: readonly Adapter[] = [
  kit('handle', ['payload', 'http'], 'batches'),
  kit('handle_batch', ['payload', 'http'], 'batches'),
];

function kit(handler: string, protocols: Adapter['protocols'], batches?: 'batches'): Adapter {
  return {
    name: `Python kit, ${handler}`,
    protocols,
    features: new Set([
      ...FEATURES,
      handler === 'handle_batch'
        ? 'handles whole batches'
        : 'runs the payloads of a batch concurrently',
    ]),
    command: (protocol) => ({
      command: ['python3', '-m', 'asya_runtime'],
      env: {
        ASYA_HANDLER: `actor.${handler}`,
        ASYA_CONCURRENCY: '8',
        ASYA_RUNTIME_PROTOCOL: protocol,
        CONFORMANCE_KIT: 'asya_runtime',
        PYTHONPATH: [pathOf('../../../sdk/python/src'), pathOf('../actors')].join(delimiter),
        ...(batches === undefined ? {} : { ASYA_BATCH_SIZE: '8' }),
      },
    }),
  };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
