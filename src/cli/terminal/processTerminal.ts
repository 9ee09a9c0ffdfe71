import type { WriteStream } from 'node:tty';
import type { Terminal } from './terminal.ts';

/** The standard output and error of this process. */
export interface ProcessTerminal extends Terminal {
  /**
   * Aborts when the reader of the standard output closes it, as `head` does; what is written later
   * is dropped.
   */
  readonly outputClosed: AbortSignal;
  /**
   * Resolves when everything that was written has left the process, or cannot leave it any more.
   */
  flush(): Promise<void>;
}

/** Writes to a pipe are asynchronous, so a process that exits has to flush first. */
export function createProcessTerminal(out: Output, err: Output): ProcessTerminal {
  const closed = new AbortController();
  // Without these listeners the process would end with a stack trace (EPIPE).
  out.on('error', () => closed.abort());
  err.on('error', () => {});
  return {
    out(text) {
      if (!closed.signal.aborted) out.write(text);
    },
    err: (text) => err.write(text),
    width: out.columns,
    colour: out.isTTY === true && out.hasColors(),
    outputClosed: closed.signal,
    async flush() {
      await Promise.all([flush(out), flush(err)]);
    },
  };
}

export type Output = Pick<
  WriteStream,
  'on' | 'write' | 'writableLength' | 'columns' | 'hasColors'
> & {
  readonly isTTY?: boolean;
};

function flush(output: Output): Promise<void> {
  return new Promise((resolve) => {
    if (output.writableLength === 0) resolve();
    // Called with an error too, when the other side is closed.
    else output.write('', () => resolve());
  });
}
