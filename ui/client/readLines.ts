const MIB = 1024 * 1024;
/** Characters. A payload of 10 MB, as a string of JSON, is at most six times as long. */
const MAX_LINE_LENGTH = 64 * MIB;

export interface LineOptions {
  /** Awaits the next part of the body, and decides when it takes too long. */
  readonly awaitPart: <Value>(part: Promise<Value>) => Promise<Value>;
  readonly onLine: (line: string) => Promise<void>;
  /** @default 64 Mi characters */
  readonly maxLineLength?: number;
}

/** Reads each line when its line feed has arrived, and the last one at the end of the response. */
export async function readLines(response: Response, options: LineOptions): Promise<void> {
  const { awaitPart, onLine, maxLineLength = MAX_LINE_LENGTH } = options;
  const reader = (response.body ?? new Blob().stream()).getReader();
  const splitter = createSplitter(maxLineLength);
  const decoder = new TextDecoder();
  try {
    let isDone = false;
    while (!isDone) {
      const { done, value } = await awaitPart(reader.read());
      isDone = done;
      for (const line of splitter.add(decoder.decode(value, { stream: !done }))) await onLine(line);
    }
    const rest = splitter.rest();
    if (rest !== '') await onLine(rest);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

interface Splitter {
  /** Returns the lines that the text completes, without the empty ones. */
  add(text: string): string[];
  rest(): string;
}

/** Joins the parts of a line once, so that a long line costs linear time. */
function createSplitter(maxLineLength: number): Splitter {
  let parts: string[] = [];
  let length = 0;
  return {
    add(text) {
      const [first = '', ...others] = text.split('\n');
      parts.push(first);
      length += first.length;
      if (length > maxLineLength) throw new Error('a line of the answer is too long');
      const last = others.pop();
      if (last === undefined) return [];
      const lines = [parts.join(''), ...others];
      parts = [last];
      length = last.length;
      return lines.filter((line) => line !== '');
    },
    rest: () => parts.join(''),
  };
}
