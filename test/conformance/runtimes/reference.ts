import { fileURLToPath } from 'node:url';
import type { Adapter, Feature, Protocol } from './adapter.ts';

const EVERY_FEATURE: readonly Feature[] = [
  'keeps connections',
  'serves connections concurrently',
  'retries',
  'restricts the socket',
];

const PYTHON_FEATURES: readonly Feature[] = [
  ...EVERY_FEATURE,
  'reports base classes',
  'checks results',
  'exact integers',
];

const TYPESCRIPT_FEATURES: readonly Feature[] = [...EVERY_FEATURE, 'runs calls concurrently'];

/** The runtimes of one page in examples/runtimes/python. */
export const PYTHON_RUNTIMES: readonly Adapter[] = [
  python('payload', ['finishes calls']),
  python('envelope', ['finishes calls']),
  python('http', ['runs calls concurrently', 'defers', 'passes a context']),
];

/** The runtimes of one page in examples/runtimes/typescript. */
export const TYPESCRIPT_RUNTIMES: readonly Adapter[] = [
  typescript('payload', []),
  typescript('envelope', []),
  typescript('http', ['defers', 'passes a context', 'finishes calls']),
];

function python(protocol: Protocol, features: readonly Feature[]): Adapter {
  return {
    name: `${protocol}_runtime.py`,
    protocols: [protocol],
    features: new Set([...PYTHON_FEATURES, ...features]),
    command: () => ({
      command: [
        'python3',
        pathOf(`../../../examples/runtimes/python/${protocol}_runtime.py`),
        pathOf('../actors/actor.py'),
      ],
      env: {},
    }),
  };
}

function typescript(protocol: Protocol, features: readonly Feature[]): Adapter {
  return {
    name: `${protocol}Runtime.ts`,
    protocols: [protocol],
    features: new Set([...TYPESCRIPT_FEATURES, ...features]),
    command: () => ({
      command: [
        process.execPath,
        pathOf(`../../../examples/runtimes/typescript/${protocol}Runtime.ts`),
        pathOf('../actors/actor.ts'),
      ],
      env: {},
    }),
  };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
