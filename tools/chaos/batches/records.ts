import { appendFileSync } from 'node:fs';

/** A call that a runtime has received. */
export interface CallStart {
  readonly call: string;
  /** The numbers of the envelopes. */
  readonly numbers: readonly number[];
  /** Of the protocol `http`. */
  readonly attempts?: readonly number[];
}

/** The end of a call: its reply is written. */
export interface CallEnd {
  readonly ended: string;
}

/** Appends the record of a call, which survives the kill of the process. */
export function appendRecord(file: string, record: CallStart | CallEnd): void {
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}

/** A call in the records of a runtime. */
export interface RecordedCall extends CallStart {
  /** The runtime was killed before it had written the reply. */
  readonly isCutOff: boolean;
}

/** Reads the records of a runtime. The last line of a killed process may be incomplete. */
export function readCalls(records: string): RecordedCall[] {
  const lines = records.split('\n').flatMap((line): (CallStart | CallEnd)[] => {
    try {
      return [JSON.parse(line) as CallStart | CallEnd];
    } catch {
      return [];
    }
  });
  const ended = new Set(lines.flatMap((line) => ('ended' in line ? [line.ended] : [])));
  return lines.flatMap((line) =>
    'call' in line ? [{ ...line, isCutOff: !ended.has(line.call) }] : [],
  );
}
