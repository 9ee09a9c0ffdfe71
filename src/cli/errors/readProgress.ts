import type { CommandContext } from '../command/command.ts';
import type { ErrorLookOptions } from '../errorQueue/lookAtErrors.ts';

/** Shows how many messages a look has read, and ends it when the output is closed. */
export function readProgress(
  { queue }: Pick<ErrorLookOptions, 'queue'>,
  { terminal, outputClosed }: CommandContext,
): Pick<ErrorLookOptions, 'onRead' | 'enough'> {
  return {
    onRead: (read) => terminal.progress(`reading "${queue.name}": ${read}`),
    enough: outputClosed,
  };
}
