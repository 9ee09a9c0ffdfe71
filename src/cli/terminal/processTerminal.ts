import { fstatSync, fsync } from 'node:fs';
import type { WriteStream } from 'node:tty';
import { promisify } from 'node:util';
import { StatusLine } from './statusLine.ts';
import type { Terminal } from './terminal.ts';

/** The standard output and standard error of this process. */
export interface ProcessTerminal extends Terminal {
  /**
   * Aborts when the reader of standard output closes it, as `head` does. Later output is dropped.
   */
  readonly outputClosed: AbortSignal;
  /** Resolves when all output has left the process, or can no longer leave it. */
  flush(): Promise<void>;
}

/** Writes to a pipe are asynchronous, so flush the terminal before the process exits. */
export function createProcessTerminal(out: Output, err: Output): ProcessTerminal {
  const closed = new AbortController();
  // Without these listeners, EPIPE would end the process with a stack trace.
  out.on('error', () => closed.abort());
  err.on('error', () => {});
  const status = new StatusLine(err);
  return {
    out(text) {
      status.clear();
      if (!closed.signal.aborted) out.write(text);
    },
    async write(bytes) {
      status.clear();
      if (closed.signal.aborted) throw new Error('standard output is closed');
      await writeBytes(out, bytes);
    },
    sync: () => syncFile(out.fd),
    err(text) {
      status.clear();
      err.write(text);
    },
    progress: (text) => status.show(text),
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
  /** The file descriptor. */
  readonly fd: number;
};

function writeBytes(output: Output, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** A pipe or a terminal cannot be synchronised, which is not an error. */
async function syncFile(fd: number): Promise<void> {
  if (fstatSync(fd).isFile()) await promisify(fsync)(fd);
}

function flush(output: Output): Promise<void> {
  return new Promise((resolve) => {
    if (output.writableLength === 0) resolve();
    // The callback also runs when the reader has closed the pipe.
    else output.write('', () => resolve());
  });
}
