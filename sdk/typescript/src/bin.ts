import { parseArguments, USAGE, type Arguments } from './cli/arguments.ts';
import { loadActor } from './cli/loadActor.ts';
import { serve } from './serve.ts';
import { StartError } from './startError.ts';

try {
  const parsed = parseArguments(process.argv.slice(2), process.env);
  if (parsed === 'help') console.log(USAGE);
  else await run(parsed);
} catch (error) {
  // The author of an actor needs the stack of an error in its module.
  console.error(error instanceof StartError ? `asya-runtime: ${error.message}` : error);
  process.exit(error instanceof StartError ? 2 : 1);
}

async function run({ handler, options }: Arguments): Promise<void> {
  // PID 1 of a container ignores SIGTERM unless it has a handler.
  const exit = (): never => process.exit(0);
  process.on('SIGTERM', exit);
  const actor = await loadActor(handler, Number(process.env['ASYA_BATCH_SIZE']) > 1);
  process.off('SIGTERM', exit);
  await serve({ ...actor, ...options });
}
