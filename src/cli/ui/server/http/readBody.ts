import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../../../faults.ts';
import { RequestError } from '../routes/requestError.ts';

/**
 * Reads the body of a POST as JSON.
 * @throws {RequestError} 413 for a body that is too long, 415 for another content type, 400 for
 *   another text
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  if (!isJson(request.headers['content-type'])) {
    throw new RequestError(415, 'the content type must be application/json');
  }
  const bytes = await readBytes(request, maxBytes);
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch (error) {
    throw new RequestError(400, `the body is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isJson(contentType = ''): boolean {
  return /^application\/json\s*(?:;|$)/i.test(contentType);
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  rejectLarge(Number(request.headers['content-length'] ?? 0), maxBytes);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      rejectLarge((sizeBytes += chunk.length), maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError(400, 'the connection was closed before the end of the body', {
      cause: error,
    });
  }
  return Buffer.concat(chunks);
}

/** @throws {RequestError} */
function rejectLarge(sizeBytes: number, maxBytes: number): void {
  if (sizeBytes > maxBytes) {
    throw new RequestError(413, `the body has more than ${maxBytes} bytes`);
  }
}
