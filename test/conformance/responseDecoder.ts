/** An HTTP response. Names of headers are in lower case. */
interface Response {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * Creates a decoder of HTTP responses. A body has a content-length, or ends with its connection.
 * Interim responses are skipped.
 */
export function createResponseDecoder(onResponse: (response: Response) => void): {
  push(chunk: Buffer): void;
  end(): void;
} {
  let unread = Buffer.alloc(0);
  return {
    end() {
      if (unread.includes(HEAD_END)) onResponse(decode(unread));
    },
    push(chunk) {
      unread = Buffer.concat([unread, chunk]);
      for (let end = endOfResponse(unread); end !== undefined; end = endOfResponse(unread)) {
        const response = decode(unread.subarray(0, end));
        unread = unread.subarray(end);
        if (response.status >= 200) onResponse(response);
      }
    },
  };
}

const HEAD_END = '\r\n\r\n';

/** Returns the length of the first response; undefined if it is not complete. */
function endOfResponse(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const bodyStart = headEnd + HEAD_END.length;
  const { status, headers } = decode(bytes.subarray(0, bodyStart));
  if (status < 200 || status === 204) return bodyStart;
  const end = bodyStart + Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY);
  return end <= bytes.length ? end : undefined;
}

function decode(bytes: Buffer): Response {
  const headEnd = bytes.indexOf(HEAD_END);
  const [line = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = lines.map((text): [string, string] => {
    const [name = '', ...value] = text.split(':');
    return [name.toLowerCase(), value.join(':').trim()];
  });
  return {
    status: Number(line.split(' ')[1]),
    headers: new Map(headers),
    body: bytes.subarray(headEnd + HEAD_END.length),
  };
}
