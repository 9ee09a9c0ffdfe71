import { Ledger } from '../../src/cli/ledger/ledger.ts';
import { recordLogLine } from '../../src/cli/ledger/logLines.ts';
import { faultCodeOf, readReceived, readSent } from '../../src/cli/ledger/readMessage.ts';
import type { Reconciliation } from '../../src/cli/ledger/reconcile.ts';
import { createMutex } from './mutex.ts';
import type { PipelineFiles } from './pipeline.ts';
import { createTail } from './tail.ts';

/** Compares the envelopes sent in a run with those that the ends have received. */
export interface RunLedger {
  recordSent(body: Buffer): void;
  /** Records that an envelope may arrive twice, because its send was not confirmed. */
  recordResend(body: Buffer): void;
  /** Reads the lines that the pipelines have written since the last call. */
  readFiles(): Promise<void>;
  reconcile(): Reconciliation;
  /** The number of envelopes that the ends have received. */
  readonly arrivalCount: number;
  /** The error envelopes that no sender caused: fault code and first characters of each. */
  readonly unexpectedErrors: readonly string[];
}

/**
 * @param pipelines the files of each pipeline on the same queues
 * @param isExpectedError whether the sender of an error envelope caused its fault code
 */
export function createRunLedger(
  pipelines: readonly PipelineFiles[],
  isExpectedError: (code: string, body: Buffer) => boolean,
): RunLedger {
  const ledger = new Ledger();
  const unexpectedErrors: string[] = [];
  const exclusively = createMutex();
  let arrivalCount = 0;

  function recordHappyEnd(line: Buffer): void {
    arrivalCount++;
    ledger.recordArrival(readReceived(line));
  }

  function recordErrorEnd(line: Buffer): void {
    arrivalCount++;
    const code = faultCodeOf({ body: line });
    ledger.recordArrival(readReceived(line), code);
    if (!isExpectedError(code, line))
      unexpectedErrors.push(`${code}: ${line.toString().slice(0, 300)}`);
  }

  const tails = pipelines.flatMap(({ happyEnd, errorEnd, logs }) => [
    createTail(happyEnd, recordHappyEnd),
    createTail(errorEnd, recordErrorEnd),
    ...logs.map((file) => createTail(file, (line) => recordLogLine(ledger, line.toString()))),
  ]);

  return {
    recordSent: (body) => ledger.recordSent(readSent(body)),
    recordResend: (body) =>
      ledger.recordPossibleCopies(readSent(body).id, 'sent again by the producer'),
    readFiles: () =>
      exclusively(async () => {
        for (const readAppended of tails) await readAppended();
      }),
    reconcile: () => ledger.reconcile(),
    get arrivalCount() {
      return arrivalCount;
    },
    unexpectedErrors,
  };
}
