import type { ServerResponse } from 'node:http';
import { RequestError, toProblem } from '../routes/requestError.ts';
import type { Answer } from '../routes/route.ts';
import { createLineWriter, streamEvents, type StreamOptions } from './lineStream.ts';

export interface AnswerOptions extends StreamOptions {
  /** The answer to a HEAD has no body. */
  readonly isHead: boolean;
}

/** @throws the error of a stream, after its first line may have been sent */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  { isHead, ...options }: AnswerOptions,
): Promise<void> {
  if (answer.kind === 'json') {
    sendJson(response, 200, answer.value);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  if (isHead) {
    response.end();
    return;
  }
  response.flushHeaders();
  await sendLines(response, answer, options);
  response.end();
}

async function sendLines(
  response: ServerResponse,
  answer: Exclude<Answer, { kind: 'json' }>,
  options: StreamOptions,
): Promise<void> {
  switch (answer.kind) {
    case 'events':
      return streamEvents(response, answer.write, options);
    case 'file':
      return answer.write(createLineWriter(response, options));
  }
}

export function sendProblem(response: ServerResponse, error: RequestError): void {
  sendJson(response, error.status, toProblem(error));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
}
