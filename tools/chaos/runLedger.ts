import { Ledger } from '../../src/cli/ledger/ledger.ts';
import { recordLogLine } from '../../src/cli/ledger/logLines.ts';
import { faultCodeOf, readReceived, readSent } from '../../src/cli/ledger/readMessage.ts';
import type { Reconciliation } from '../../src/cli/ledger/reconcile.ts';
import { createMutex } from './mutex.ts';
import type { PipelineFiles } from './pipeline.ts';
import { createTail } from './tail.ts';

const MAX_ERROR_LENGTH = 300;

/** Compares the envelopes sent in a run with those that the ends have received. */
export class RunLedger {
  readonly #ledger = new Ledger();
  readonly #isExpectedError: (code: string, body: Buffer) => boolean;
  readonly #unexpectedErrors: string[] = [];
  readonly #exclusively = createMutex();
  readonly #tails: readonly (() => Promise<void>)[];
  #arrivalCount = 0;

  /**
   * @param pipelines the files of each pipeline on the same queues
   * @param isExpectedError whether the sender of an error envelope caused its fault code
   */
  constructor(
    pipelines: readonly PipelineFiles[],
    isExpectedError: (code: string, body: Buffer) => boolean,
  ) {
    this.#isExpectedError = isExpectedError;
    this.#tails = pipelines.flatMap(({ happyEnd, errorEnd, logs }) => [
      createTail(happyEnd, (line) => this.#recordArrival(line)),
      createTail(errorEnd, (line) => this.#recordError(line)),
      ...logs.map((file) =>
        createTail(file, (line) => recordLogLine(this.#ledger, line.toString())),
      ),
    ]);
  }

  /** The number of envelopes that the ends have received. */
  get arrivalCount(): number {
    return this.#arrivalCount;
  }

  /** The error envelopes that no sender caused: fault code and first characters of each. */
  get unexpectedErrors(): readonly string[] {
    return this.#unexpectedErrors;
  }

  recordSent(body: Buffer): void {
    this.#ledger.recordSent(readSent(body));
  }

  /** Records that an envelope may arrive twice, because its send was not confirmed. */
  recordResend(body: Buffer): void {
    this.#ledger.recordPossibleCopies(readSent(body).id, 'sent again by the producer');
  }

  /** Reads the lines that the pipelines have written since the last call. */
  readFiles(): Promise<void> {
    return this.#exclusively(async () => {
      for (const readAppended of this.#tails) await readAppended();
    });
  }

  reconcile(): Reconciliation {
    return this.#ledger.reconcile();
  }

  #recordArrival(line: Buffer, code?: string): void {
    this.#arrivalCount++;
    this.#ledger.recordArrival(readReceived(line), code);
  }

  #recordError(line: Buffer): void {
    const code = faultCodeOf({ body: line });
    this.#recordArrival(line, code);
    if (!this.#isExpectedError(code, line))
      this.#unexpectedErrors.push(`${code}: ${line.toString().slice(0, MAX_ERROR_LENGTH)}`);
  }
}
