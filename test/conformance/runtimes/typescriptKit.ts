import { fileURLToPath } from 'node:url';
import type { Adapter } from './adapter.ts';

const ACTOR = pathOf('../actors/actor.ts');
const KIT = pathOf('../../../sdk/typescript/src/index.ts');
const PROGRAM = pathOf('../../../sdk/typescript/src/bin.ts');

/** The runtime kit in sdk/typescript. */
export const TYPESCRIPT_KIT: Adapter = {
  name: '@asya/runtime',
  protocols: ['payload', 'http', 'envelope'],
  features: new Set([
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
    'shares the socket',
    'restricts the socket',
    'writes a ready file',
    'finishes calls',
    'removes its files',
  ]),
  command: (protocol) => ({
    command: [process.execPath, PROGRAM, `${ACTOR}:handle`],
    env: { CONFORMANCE_KIT: KIT, ASYA_RUNTIME_PROTOCOL: protocol },
  }),
};

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
