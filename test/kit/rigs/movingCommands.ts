import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { readIds, type MovingCommand } from './interruptedCommand.ts';

/** `errors replay`, which moves messages to the queue of the actor at which they failed. */
export function replaying(transport: InspectableTransport, actor: string): MovingCommand {
  return {
    argsOf: () => ['errors', 'replay', '--all', '--json'],
    countMoved: (_, printedLines) => printedLines,
    readMoved: () => readIds(transport, actor),
  };
}

/** The approximate size of a line of `errors discard`. */
const LINE_BYTES = 500;

/** `errors discard`, which moves messages to a new file in each run. */
export function discarding(folder: string): MovingCommand {
  const file = (run: number): string => join(folder, `discarded-${run}.jsonl`);
  return {
    argsOf: (run) => ['errors', 'discard', '--all', '--file', file(run)],
    countMoved: (run) => (statSync(file(run), { throwIfNoEntry: false })?.size ?? 0) / LINE_BYTES,
    readMoved: async () =>
      globSync(join(folder, 'discarded-*.jsonl')).flatMap((path) =>
        // A killed process may have written a part of the last line.
        readFileSync(path, 'utf8').split('\n').slice(0, -1).map(idOf),
      ),
  };
}

function idOf(line: string): string {
  return (JSON.parse(line) as { error: { id: string } }).error.id;
}
