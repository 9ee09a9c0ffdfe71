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

const KIT = pathOf('../../../sdk/typescript/src/index.ts');
const PROGRAM = pathOf('../../../sdk/typescript/src/bin.ts');

/** The kit in sdk/typescript. */
export const TYPESCRIPT_KIT: readonly Adapter[] = [kit('handle', ['payload', 'http', 'envelope'])];

/** The same, with batches. */
export const TYPESCRIPT_KIT_BATCHES: readonly Adapter[] = [
  kit('handle', ['payload', 'http'], 'batches'),
  kit('handleBatch', ['payload', 'http'], 'batches'),
];

function kit(handler: string, protocols: Adapter['protocols'], batches?: 'batches'): Adapter {
  return {
    name: `TypeScript kit, ${handler}`,
    protocols,
    features: new Set([
      ...FEATURES,
      handler === 'handleBatch'
        ? 'handles whole batches'
        : 'runs the payloads of a batch concurrently',
    ]),
    command: (protocol) => ({
      command: [process.execPath, PROGRAM, `${pathOf('../actors/actor.ts')}:${handler}`],
      env: {
        ASYA_CONCURRENCY: '8',
        ASYA_RUNTIME_PROTOCOL: protocol,
        CONFORMANCE_KIT: KIT,
        ...(batches === undefined ? {} : { ASYA_BATCH_SIZE: '8' }),
      },
    }),
  };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
