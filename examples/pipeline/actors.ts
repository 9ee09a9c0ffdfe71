import { fileURLToPath } from 'node:url';

/** An actor of the pipeline, and how to start the runtime that runs it. */
export interface PipelineActor {
  readonly name: string;
  /** `ASYA_RUNTIME_PROTOCOL` of its sidecar. */
  readonly protocol: 'payload' | 'envelope' | 'http';
  /**
   * Run with `ASYA_SOCKET_DIR`; prints a line that starts with `listening` when it takes requests.
   */
  readonly command: readonly [program: string, ...args: string[]];
}

/**
 * A text becomes sentences, each sentence is counted, and said louder: three actors, three
 * protocols.
 */
export const PIPELINE: readonly PipelineActor[] = [
  {
    name: 'split',
    protocol: 'payload',
    command: ['python3', file('../runtimes/python/payload_runtime.py'), file('split.py')],
  },
  {
    name: 'enrich',
    protocol: 'http',
    command: [process.execPath, file('../runtimes/typescript/httpRuntime.ts'), file('enrich.ts')],
  },
  {
    name: 'shout',
    protocol: 'envelope',
    command: ['python3', file('../runtimes/python/envelope_runtime.py'), file('shout.py')],
  },
];

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
