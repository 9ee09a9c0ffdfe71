import { fileURLToPath } from 'node:url';

/** An actor of the pipeline and the command that starts its runtime. */
export interface PipelineActor {
  readonly name: string;
  /** The `ASYA_RUNTIME_PROTOCOL` of the sidecar. */
  readonly protocol: 'payload' | 'envelope' | 'http';
  /**
   * Reads `ASYA_SOCKET_DIR`. Prints a line that starts with `listening` when it accepts requests.
   */
  readonly command: readonly [program: string, ...args: string[]];
}

/** Three actors with three protocols: split a text, count the words, convert to upper case. */
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
