import { parseArgs } from 'node:util';
import type { Environment, ServeOptions } from '../settings.ts';
import { StartError } from '../startError.ts';

export const USAGE = `Usage: asya-runtime MODULE[:FUNCTION] [options]

Serves a function to the Asya sidecar.

  MODULE[:FUNCTION]     for example ./actor.js:handle; the default is ASYA_HANDLER.
                        Without FUNCTION: handle, handleBatch, or the default export;
                        handleBatch precedes handle if ASYA_BATCH_SIZE is over 1.
                        A function handleBatch handles batches; setup is called first.
  --listen [HOST:]PORT  HTTP over TCP instead of the Unix socket
  --help                this text

Environment: ASYA_SOCKET_DIR, ASYA_HANDLER, ASYA_RUNTIME_PROTOCOL, ASYA_BATCH_SIZE,
ASYA_SHUTDOWN_TIMEOUT.`;

export interface Arguments {
  readonly handler: string;
  readonly options: ServeOptions;
}

/** @throws {StartError} */
export function parseArguments(args: readonly string[], env: Environment): Arguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  const [handler = env['ASYA_HANDLER'] ?? '', ...others] = positionals;
  if (handler === '')
    throw new StartError('no function: pass MODULE:FUNCTION, or set ASYA_HANDLER (see --help)');
  if (others.length > 0) throw new StartError(`unexpected argument "${others[0]}" (see --help)`);
  const { listen } = values;
  return { handler, options: listen === undefined ? {} : { listen } };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<typeof CONFIG>> {
  try {
    return parseArgs({ ...CONFIG, args: [...args] });
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

const CONFIG = {
  options: { help: { type: 'boolean', short: 'h' }, listen: { type: 'string' } },
  allowPositionals: true,
} as const;
