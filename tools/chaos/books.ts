import { open, type FileHandle } from 'node:fs/promises';
import { Ledger } from '../../src/cli/ledger/ledger.ts';
import { faultCodeOf, readReceived, readSent } from '../../src/cli/ledger/readMessage.ts';
import { recordLogLine } from '../../src/cli/ledger/logLines.ts';
import type { PipelineFiles } from './pipeline.ts';
import { createQuiet } from './quiet.ts';

/** The ledger of a run, fed by the files that the pipeline writes. */
export interface Books {
  readonly ledger: Ledger;
  sent(body: Buffer): void;
  /** Was sent, and may be sent once more. */
  doubtful(body: Buffer): void;
  /** Reads what has been written since the last time. */
  read(): Promise<void>;
  /** How many lines the ends have written. */
  readonly arrivals: number;
  /** Errors that nobody wanted: the faults of the run made them. */
  readonly blamed: readonly string[];
}

/**
 * @param pipelines the files of each pipeline that works on the same queues
 * @param isWanted whether an error envelope with this code is what its sender asked for
 */
export function createBooks(
  pipelines: readonly PipelineFiles[],
  isWanted: (code: string, body: Buffer) => boolean,
): Books {
  const ledger = new Ledger();
  const blamed: string[] = [];
  const quiet = createQuiet();
  let arrivals = 0;

  function arriveHappily(line: Buffer): void {
    arrivals++;
    ledger.recordArrival(readReceived(line));
  }

  function arriveInError(line: Buffer): void {
    arrivals++;
    const code = faultCodeOf({ body: line });
    ledger.recordArrival(readReceived(line), code);
    if (!isWanted(code, line)) blamed.push(`${code}: ${line.toString().slice(0, 300)}`);
  }

  const tails = pipelines.flatMap(({ happyEnd, errorEnd, logs }) => [
    createTail(happyEnd, arriveHappily),
    createTail(errorEnd, arriveInError),
    ...logs.map((file) => createTail(file, (line) => recordLogLine(ledger, line.toString()))),
  ]);

  return {
    ledger,
    sent: (body) => ledger.recordSent(readSent(body)),
    doubtful: (body) =>
      ledger.recordPossibleCopies(readSent(body).id, 'sent again by the producer'),
    read: () =>
      quiet(async () => {
        for (const readOn of tails) await readOn();
      }),
    get arrivals() {
      return arrivals;
    },
    blamed,
  };
}

const LINE_END = 0x0a;

/** Reads the lines that a file has got since the last time; it may not be there yet. */
function createTail(path: string, onLine: (line: Buffer) => void): () => Promise<void> {
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  return async () => {
    const file = await openIfThere(path);
    if (file === undefined) return;
    try {
      const { size } = await file.stat();
      const chunk = Buffer.alloc(size - offset);
      const { bytesRead } = await file.read(chunk, 0, chunk.length, offset);
      offset += bytesRead;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    } finally {
      await file.close();
    }
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END)) {
      if (end > 0) onLine(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
