import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { within } from '../processes/until.ts';

export interface HopsClient {
  readonly response: IncomingMessage;
  /** The lines so far, heartbeats included. */
  readonly lines: string[];
  /** Resolves with all lines when there are `count` of them. */
  readonly read: (count: number) => Promise<readonly string[]>;
}

export interface HopsRequest {
  readonly headers?: OutgoingHttpHeaders;
  readonly method?: string;
}

/** Sends a request to `/hops`; does not wait for the end of the response. */
export async function openHops(
  t: TestContext,
  url: string,
  { headers = {}, method = 'GET' }: HopsRequest = {},
): Promise<HopsClient> {
  const outgoing = request(url, { agent: false, method, headers }).end();
  t.after(() => outgoing.destroy());
  const [response] = (await within(once(outgoing, 'response'), `an answer of ${url}`)) as [
    IncomingMessage,
  ];
  const lines: string[] = [];
  let rest = '';
  let wake = (): void => {};
  response.setEncoding('utf8');
  // Only a client that reads consumes the response.
  const consume = (): void => {
    if (response.listenerCount('data') > 0) return;
    response.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      wake();
    });
  };
  const read = async (count: number): Promise<readonly string[]> => {
    consume();
    while (lines.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return lines;
  };
  response.on('error', () => {}); // of a client that the test ends
  return {
    response,
    lines,
    read: (count) => within(read(count), `${count} lines of ${url}`),
  };
}
