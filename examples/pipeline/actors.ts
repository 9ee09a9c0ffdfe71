import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An actor of the pipeline and the command that starts its runtime. */
export interface PipelineActor {
  readonly name: string;
  /** The `ASYA_RUNTIME_PROTOCOL` of the sidecar. */
  readonly protocol: 'payload' | 'envelope' | 'http';
  /** The `ASYA_BATCH_SIZE` of the sidecar. */
  readonly batchSize: number;
  /** The runtime, for readers: `TypeScript kit`. */
  readonly runtime: string;
  /** Reads `ASYA_SOCKET_DIR`. Prints a line with `listening` when it accepts requests. */
  readonly command: readonly [program: string, ...args: string[]];
  /** The environment of the command. */
  readonly env: Readonly<Record<string, string>>;
}

/** Split a text, count the words of each sentence, convert the sentences of a batch. */
export const PIPELINE: readonly PipelineActor[] = [
  { name: 'split', protocol: 'payload', batchSize: 1, ...pythonKit('split:handle') },
  { name: 'enrich', protocol: 'http', batchSize: 1, ...typescriptKit('./enrich.ts:handle') },
  { name: 'shout', protocol: 'http', batchSize: 16, ...pythonKit('shout:handle_batch') },
];

type KitRuntime = Pick<PipelineActor, 'runtime' | 'command' | 'env'>;

/** `python3 -m asya_runtime`, without an installation of the package. */
function pythonKit(handler: string): KitRuntime {
  const folders = [file('../../sdk/python/src'), file('.')];
  return {
    runtime: 'Python kit',
    command: ['python3', '-m', 'asya_runtime', handler],
    env: { PYTHONPATH: folders.join(delimiter), PYTHONDONTWRITEBYTECODE: '1' },
  };
}

/** `asya-runtime`, from the sources of the package. */
function typescriptKit(handler: string): KitRuntime {
  const program = file('../../sdk/typescript/src/bin.ts');
  return {
    runtime: 'TypeScript kit',
    command: [process.execPath, '--conditions=asya-source', program, file(handler)],
    env: {},
  };
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
